//! What works through a proxy, and what a proxy gets to see.

use basalt_core::Otlp;
use basalt_tests::collector::Collector;

use super::{Authority, BOTH, Encrypted, failed, otlp, sent, trusting};
use crate::{
    encrypted::Terms,
    proxy::{Answer, Proxy},
};

const SECRET: &str = "sk-4711-do-not-tell";

fn through(otlp: Otlp, proxy: &Proxy) -> Otlp {
    otlp.api_key(SECRET).proxy(format!("http://ann:p%40ss@{}", proxy.address()))
}

/// `ann:p@ss`
const AUTHORIZATION: &str = "proxy-authorization: basic yw5uonbac3m=\r\n";

#[tokio::test]
async fn https_goes_through_by_connect_and_the_proxy_sees_the_host_alone() {
    let authority = Authority::new();
    for protocol in BOTH {
        let collector = Collector::start().await;
        let terms = Terms::new(authority.identity(&["collector.test"]));
        let front = Encrypted::start(collector.address(), terms).await;
        let proxy = Proxy::start(Answer::Lead(front.address())).await;
        let otlp = otlp("https://collector.test", protocol).root_certificate(authority.pem());
        sent(through(otlp, &proxy)).await.unwrap();
        let head = proxy.heads().remove(0).to_lowercase();
        assert!(head.starts_with("connect collector.test:443 http/1.1\r\n"), "{head}");
        assert!(
            head.contains(AUTHORIZATION) && !head.contains(SECRET) && !head.contains("\r\nauthorization"),
            "{head}"
        );
        let batch = &collector.batches()[0];
        assert_eq!(batch.headers["authorization"], format!("Bearer {SECRET}"));
        assert!(!batch.headers.contains_key("proxy-authorization"), "that is for the proxy alone");
    }
}

#[tokio::test]
async fn http_without_tls_names_the_whole_uri_and_grpc_goes_by_connect() {
    for (protocol, begins) in BOTH
        .into_iter()
        .zip(["connect collector.test:80 http/1.1\r\n", "post http://collector.test/v1/traces http/1.1\r\n"])
    {
        let collector = Collector::start().await;
        let proxy = Proxy::start(Answer::Lead(collector.address())).await;
        sent(through(otlp("http://collector.test", protocol), &proxy)).await.unwrap();
        let head = proxy.heads().remove(0).to_lowercase();
        assert!(head.starts_with(begins) && head.contains(AUTHORIZATION), "{head}");
        assert_eq!(collector.batches()[0].protocol, protocol);
    }
}

#[tokio::test]
async fn a_proxy_may_want_tls_itself() {
    let authority = Authority::new();
    for protocol in BOTH {
        for url in ["https://collector.test", "http://collector.test"] {
            let collector = Collector::start().await;
            let terms = Terms::new(authority.identity(&["collector.test"]));
            let front = Encrypted::start(collector.address(), terms).await;
            let there = if url.starts_with("https") { front.address() } else { collector.address() };
            let proxy = Proxy::start(Answer::Lead(there)).await;
            let us = authority.identity(&["us"]);
            let encrypted =
                Encrypted::start(proxy.address(), Terms::new(authority.identity(&["localhost"]))).await;
            let otlp = otlp(url, protocol).root_certificate(authority.pem());
            let otlp = otlp.client_certificate(&us.pem, &us.key_pem);
            sent(otlp.proxy(format!("https://localhost:{}", encrypted.address().port()))).await.unwrap();
            assert_eq!((proxy.heads().len(), collector.spans().len()), (1, 1));
            let seen = &encrypted.seen()[0];
            assert_eq!((seen.client_certificates, seen.alpn.as_deref()), (0, None), "a proxy is not told");
        }
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_or_hangs_is_told_of_and_spans_are_kept() {
    let authority = Authority::new();
    let long = [b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'x'; 1 << 20]].concat();
    for (answer, said) in [
        (Answer::Say(b"HTTP/1.1 407 Authenticate\r\n\r\n".to_vec()), "proxy authorization required"),
        (Answer::Say(b"HTTP/1.1 403 Forbidden\r\n\r\n".to_vec()), "does not let us through"),
        (Answer::Say(b"SSH-2.0-x\r\n\r\n".to_vec()), "does not let us through"),
        (Answer::Say(Vec::new()), "does not let us through"),
        (Answer::Say(long), "does not let us through"),
        (Answer::Nothing, "within 1"),
    ] {
        for protocol in BOTH {
            let proxy = Proxy::start(answer.clone()).await;
            let otlp = otlp("https://collector.test", protocol).root_certificate(authority.pem());
            let reason = failed(through(otlp, &proxy)).await;
            assert!(
                reason.contains(said) && !reason.contains("p@ss") && !reason.contains(SECRET),
                "{reason}"
            );
        }
    }
}

#[tokio::test]
async fn a_proxy_that_is_away_is_told_of() {
    let nobody = basalt_tests::port::Port::reserve();
    for protocol in BOTH {
        for url in ["http://collector.test", "https://collector.test"] {
            let reason = failed(otlp(url, protocol).proxy(format!("http://{}", nobody.address()))).await;
            assert!(reason.contains("the proxy cannot be reached"), "{reason}");
        }
    }
}

#[tokio::test]
async fn a_proxy_that_wants_tls_and_gets_none_or_the_other_way_round_is_told_of() {
    let authority = Authority::new();
    let proxy = Proxy::start(Answer::Nothing).await;
    let encrypted = Encrypted::start(proxy.address(), Terms::new(authority.identity(&["localhost"]))).await;
    for protocol in BOTH {
        let url = format!("https://localhost:{}", encrypted.address().port());
        let reason = failed(trusting(&Authority::new(), proxy.address(), protocol).proxy(url)).await;
        assert!(reason.contains("the proxy cannot be reached: TLS"), "{reason}");
    }
}
