//! Fuzz target: URLs of collectors, against the reader of URLs that browsers have.

use url::Url;

use super::{Destination, Endpoint, OtlpTarget, Protocol};
use crate::fuzzing::{Fuzz, kind};

#[test]
fn an_endpoint_is_a_url_that_can_be_asked_and_that_no_secret_is_in() {
    let corpus = [
        "http://127.0.0.1:4317",
        "https://grpc.otel.getbasalt.ai",
        " http://collector:4318/otlp/?token=s3cr3t ",
        "http://[::1]:4318/v1/traces#fragment",
        "http://user:s3cr3t@host:4317/",
        "HTTP://LOCALHOST:80?key=s3cr3t",
    ];
    let words: &[&str] = &[
        "http://",
        "https://",
        "@",
        "%40",
        ":",
        "/",
        "//",
        "?",
        "#",
        "[",
        "]",
        "::1",
        ":4317",
        ":99999",
        "\\",
        "grpc",
        " ",
        "é",
        "s3cr3t",
        "u:s3cr3t@",
        "..",
        "%2F",
        "%00",
        "0x7f.1",
        "256.1.1.1",
        "xn--",
        "/v1/traces",
        "ftp:",
        "*",
        "_",
        "%",
    ];
    Fuzz::of(&corpus, words, 4_000).run(|input| {
        let text = String::from_utf8_lossy(input);
        let parsed = [
            Endpoint::parse(&text),
            Endpoint::parse_for(&text, Protocol::Grpc),
            Endpoint::parse_for(&text, Protocol::HttpProtobuf),
            Endpoint::parse(&text).map(Endpoint::with_traces_path),
        ];
        assert_eq!(parsed.iter().filter(|one| one.is_ok()).count() % 4, 0, "all or none");
        for endpoint in parsed.iter().flatten() {
            let Endpoint { url, protocol, secure } = endpoint;
            assert_eq!(Endpoint::parse_for(url, *protocol).as_ref(), Ok(endpoint), "read again");
            // Whether Punycode is sound is for name servers to say.
            let Ok(asked) = Url::parse(url) else {
                assert!(url.contains("xn--"), "{url}");
                continue;
            };
            assert_eq!(asked.scheme(), if *secure { "https" } else { "http" });
            assert!(asked.host_str().is_some_and(|host| !host.is_empty()));
            assert!(asked.username().is_empty() && asked.password().is_none(), "{url}");
            let uri: http::Uri = url.parse().unwrap();
            let port = if *secure { 443 } else { 80 };
            assert_eq!(asked.port_or_known_default(), Some(uri.port_u16().unwrap_or(port)), "{url}");
            let name = Destination::Otlp(OtlpTarget::new(endpoint.clone(), Vec::new()).into()).name();
            assert!(!name.contains(['?', '#']), "{name}");
            endpoint.is_remote();
        }
        let first = parsed[0].as_ref();
        kind([
            first.err().map_or(0, |reason| reason.len() as u64),
            first.is_ok_and(|endpoint| endpoint.protocol == Protocol::Grpc).into(),
            first.map_or(0, |endpoint| endpoint.url.len().ilog2().into()),
            first.is_ok_and(|endpoint| endpoint.url.contains(['%', '?'])).into(),
        ])
    });
}
