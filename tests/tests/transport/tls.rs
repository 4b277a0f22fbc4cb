//! What works over TLS.

use basalt_core::{Basalt, Otlp};
use basalt_tests::collector::Collector;
use rustls::{ProtocolVersion, crypto::CryptoProvider};

use super::{Authority, BOTH, Encrypted, LIMIT, failed, otlp, sent, sent_by, trusting};
use crate::encrypted::Terms;

#[tokio::test]
async fn spans_reach_a_collector_behind_a_root_of_its_own() {
    let authority = Authority::new();
    for protocol in BOTH {
        let collector = Collector::start().await;
        let front =
            Encrypted::start(collector.address(), Terms::new(authority.identity(&["localhost"]))).await;
        sent(trusting(&authority, front.address(), protocol).api_key("k-1")).await.unwrap();
        let batch = &collector.batches()[0];
        assert_eq!((batch.protocol, batch.compressed), (protocol, true));
        assert_eq!(batch.headers["authorization"], "Bearer k-1");
        let seen = front.seen().remove(0);
        let alpn: &[u8] = if protocol == BOTH[0] { b"h2" } else { b"http/1.1" };
        assert_eq!((seen.version, seen.alpn.as_deref()), (ProtocolVersion::TLSv1_3, Some(alpn)));
        assert_eq!(seen.client_certificates, 0);
    }
    assert!(CryptoProvider::get_default().is_none(), "nothing is installed for the rest of the program");
}

#[tokio::test]
async fn a_collector_that_knows_tls_1_2_alone_is_spoken_to() {
    let authority = Authority::new();
    for protocol in BOTH {
        let collector = Collector::start().await;
        let terms = Terms { old: true, ..Terms::new(authority.identity(&["localhost"])) };
        let front = Encrypted::start(collector.address(), terms).await;
        sent(trusting(&authority, front.address(), protocol)).await.unwrap();
        assert_eq!(front.seen()[0].version, ProtocolVersion::TLSv1_2);
    }
}

#[tokio::test]
async fn a_client_certificate_lets_us_in_and_without_it_spans_are_kept() {
    let authority = Authority::new();
    for protocol in BOTH {
        let collector = Collector::start().await;
        let terms = Terms { clients: Some(&authority), ..Terms::new(authority.identity(&["localhost"])) };
        let front = Encrypted::start(collector.address(), terms).await;
        let us = authority.identity(&["us"]);
        let otlp = || trusting(&authority, front.address(), protocol);
        sent(otlp().client_certificate(&us.pem, &us.key_pem)).await.unwrap();
        assert_eq!(front.seen()[0].client_certificates, 1);
        let said = failed(otlp()).await;
        assert!(said.contains("cannot be reached"), "{said}");
        let stranger = authority.identity(&["them"]);
        let error = sent(otlp().client_certificate(&us.pem, &stranger.key_pem)).await.unwrap_err();
        assert!(error.contains("`client_certificate`"), "{error}");
    }
}

#[tokio::test]
async fn a_host_may_be_an_address() {
    let authority = Authority::new();
    for protocol in BOTH {
        let collector = Collector::start().await;
        let terms = Terms::new(authority.identity(&["127.0.0.1"]));
        let front = Encrypted::start(collector.address(), terms).await;
        let url = format!("https://{}", front.address());
        sent(otlp(&url, protocol).root_certificate(authority.pem())).await.unwrap();
    }
}

#[tokio::test]
async fn an_ipv6_host_may_be_an_address() {
    let authority = Authority::new();
    let Ok(listener) = tokio::net::TcpListener::bind("[::1]:0").await else { return };
    let collector = Collector::start().await;
    let front = Encrypted::serve(listener, collector.address(), Terms::new(authority.identity(&["::1"])));
    for protocol in BOTH {
        let url = format!("https://{}", front.address());
        sent(otlp(&url, protocol).root_certificate(authority.pem())).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_agrees_on_no_protocol_speaks_http_1_and_no_grpc() {
    let authority = Authority::new();
    let collector = Collector::start().await;
    let terms = Terms { alpn: &[], ..Terms::new(authority.identity(&["localhost"])) };
    let front = Encrypted::start(collector.address(), terms).await;
    let [grpc, http] = BOTH.map(|protocol| trusting(&authority, front.address(), protocol));
    sent(http).await.unwrap();
    let said = failed(grpc).await;
    assert!(said.contains("is the endpoint one for OTLP over gRPC?"), "{said}");
}

#[tokio::test]
async fn one_connection_serves_one_batch_after_the_other() {
    let authority = Authority::new();
    for protocol in BOTH {
        let collector = Collector::start().await;
        let terms = Terms::new(authority.identity(&["localhost"]));
        let front = Encrypted::start(collector.address(), terms).await;
        let otlp = trusting(&authority, front.address(), protocol);
        let basalt = Basalt::builder().destination(otlp).build().unwrap();
        for _ in 0..5 {
            basalt.start_observe("f", "a").start().end();
            basalt.flush(LIMIT).await.unwrap();
        }
        assert_eq!((collector.knocks(), front.seen().len()), (5, 1));
    }
}

#[tokio::test]
async fn the_provider_that_is_handed_over_encrypts() {
    let authority = Authority::new();
    let collector = Collector::start().await;
    let front = Encrypted::start(collector.address(), Terms::new(authority.identity(&["localhost"]))).await;
    for protocol in BOTH {
        let mut provider = rustls::crypto::ring::default_provider();
        provider.cipher_suites = vec![rustls::crypto::ring::cipher_suite::TLS13_CHACHA20_POLY1305_SHA256];
        let builder = Basalt::builder().crypto_provider(provider);
        sent_by(builder, trusting(&authority, front.address(), protocol), LIMIT).await.unwrap();
        let suite = front.seen().pop().unwrap().suite;
        assert_eq!(suite, rustls::CipherSuite::TLS13_CHACHA20_POLY1305_SHA256);
    }
}

#[test]
fn a_provider_that_can_do_nothing_is_refused_when_it_is_built() {
    let mut provider = rustls::crypto::ring::default_provider();
    provider.cipher_suites.clear();
    let builder = Basalt::builder().crypto_provider(provider);
    let said = builder.destination(Otlp::new("https://collector.test")).build().unwrap_err().to_string();
    assert!(said.contains("the crypto provider cannot be used"), "{said}");
}
