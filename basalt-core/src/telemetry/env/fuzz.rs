//! Fuzz target: values of environment variables. What is taken can be used, and nothing else is.

use std::time::Duration;

use super::{compression, headers, milliseconds, protocol, rate, switch};
use crate::{
    fuzzing::{Fuzz, kind},
    secret::Secret,
};

#[test]
fn values_of_variables_are_usable_or_refused() {
    let corpus = [
        "x-tenant=acme,x-team=growth",
        " authorization = Bearer%20s3cr3t , ,a=b=c",
        "true",
        "gzip",
        "http/protobuf",
        "0.25",
        "10000",
        "-0.0",
    ];
    let words: &[&str] = &[
        "=",
        ",",
        "%",
        "%0D%0A",
        "%00",
        "%C3%A9",
        " ",
        "é",
        "NaN",
        "inf",
        "1e-400",
        "+1",
        "18446744073709551616",
        "OFF",
        "\n",
        "x-a=",
        ":",
        "%FF",
    ];
    Fuzz::of(&corpus, words, 6_000).run(|input| {
        let text = String::from_utf8_lossy(input);
        let list = headers(&text);
        for (name, value) in list.iter().flatten() {
            assert!(http::HeaderName::try_from(name).is_ok());
            assert!(http::HeaderValue::try_from(value.reveal()).is_ok());
            assert!(!value.reveal().contains(['\r', '\n', '\0']), "one header stays one");
        }
        let given = text.split(',').filter(|pair| !pair.trim().is_empty()).count();
        assert!(list.as_ref().is_ok_and(|list| list.len() == given) || list.is_err(), "all or none");
        assert!(rate(&text).is_ok_and(|rate| (0.0..=1.0).contains(&rate.get())) || rate(&text).is_err());
        assert!(
            milliseconds(&text).is_ok_and(|time| time >= Duration::from_millis(1))
                || milliseconds(&text).is_err()
        );
        let key = Secret::api_key(&text);
        let bearer = key.as_ref().map(|key| http::HeaderValue::try_from(format!("Bearer {}", key.reveal())));
        assert!(bearer.is_ok_and(|bearer| bearer.is_ok()) || key.is_err());
        kind([
            list.map_or(9, |list| list.len() as u64),
            rate(&text).is_ok().into(),
            milliseconds(&text).is_ok().into(),
            key.is_ok().into(),
            switch(&text).map_or(2, u64::from),
            compression(&text).map_or(2, u64::from),
            protocol(&text).is_ok().into(),
        ])
    });
}
