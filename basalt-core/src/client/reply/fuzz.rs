//! Fuzz target: answers of the API, of any status and with any body.

use super::{LONGEST, Reply, SAID};
use crate::{
    client::{ApiError, PromptModel},
    fuzzing::{Fuzz, kind},
};

#[test]
fn answers_of_the_api_are_read_or_are_errors_of_bounded_length() {
    let corpus = [
        "404{\"error\": \"no such prompt\"}",
        "500{\"errors\": [\"a\", {\"b\": 1}]}",
        "200{\"provider\":\"open-ai\",\"model\":\"gpt-5\",\"version\":null,\"parameters\":{\"temperature\":0.5,\"maxLength\":7,\"topK\":-1}}",
        "200{\"warning\":\"old\",\"parameters\":{\"tools\":{}}}",
        "301 moved",
        "401",
        "200<html></html>",
    ];
    let words: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "null",
        "1e999",
        "-1",
        "\"error\":",
        "\"parameters\":",
        "\"maxLength\":",
        "\\ud800",
        "\\u0000",
        "[[[[[[[[[[[[[[[[",
        "{\"a\":{\"a\":{\"a\":",
        "é",
        "200",
        "429",
        "503",
    ];
    Fuzz::of(&corpus, words, 4_000).run(|input| {
        let Some((status, body)) = input.split_at_checked(3) else { return 0 };
        let status = std::str::from_utf8(status).ok().and_then(|status| status.parse::<u16>().ok());
        let Some(status) = status.filter(|status| (100..1_000).contains(status)) else { return 1 };
        assert!(body.len() <= LONGEST);
        let reply = || Reply { status, page: body.len() % 2 == 0, after: None, body: body.to_vec().into() };
        reply().remark();
        let shape = reply().json::<PromptModel>();
        if let Err(error) = &shape {
            assert!(matches!(error, ApiError::Unusable { .. }) && error.to_string().len() <= SAID + 256);
        }
        let judged = reply().judged();
        assert_eq!(judged.is_ok(), (200..300).contains(&status));
        let said = judged.err().map(|error| error.message().into_owned());
        assert!(said.as_ref().is_none_or(|said| !said.is_empty() && said.len() <= SAID.max(256)));
        kind([status.into(), shape.is_ok().into(), said.map_or(0, |said| said.len() as u64)])
    });
}
