//! Collectors that refuse, hang and break: the right reaction, figures and words each time.

use std::time::Duration;

use basalt_core::{Basalt, DestinationHealth, Otlp, Protocol};
use basalt_tests::{
    collector::{Act, Collector},
    port::Port,
};

const BOTH: [Protocol; 2] = [Protocol::Grpc, Protocol::HttpProtobuf];

fn telemetry(collector: &Collector, protocol: Protocol) -> Basalt {
    let url = format!("http://{}", collector.address());
    let otlp = Otlp::new(url).protocol(protocol).timeout(Duration::from_secs(5)).name("c");
    Basalt::builder().destination(otlp).build().unwrap()
}

fn span(basalt: &Basalt, name: &'static str) {
    basalt.start_observe("f", name).start().end();
}

fn health(basalt: &Basalt) -> DestinationHealth {
    basalt.health().destinations.remove(0)
}

/// One batch meets these acts; what the flush says, and how things stand then.
async fn met(protocol: Protocol, acts: &[Act]) -> (Result<(), String>, DestinationHealth, Collector) {
    let collector = Collector::start().await;
    collector.script(acts.iter().cloned());
    let basalt = telemetry(&collector, protocol);
    for name in ["a", "b", "c"] {
        span(&basalt, name);
    }
    let flushed = basalt.flush(Duration::from_secs(20)).await.map_err(|error| error.to_string());
    (flushed, health(&basalt), collector)
}

#[tokio::test]
async fn what_may_pass_is_tried_again_until_it_is_taken_once() {
    let by_grpc = [
        Act::Grpc(14, "busy"),
        Act::Grpc(1, "cancelled"),
        Act::Exhausted(Duration::from_millis(100)),
        Act::Break,
        Act::Hang,
    ];
    let by_http = [Act::Http(503, "1"), Act::Http(429, ""), Act::Http(502, ""), Act::Break, Act::Hang];
    for (protocol, acts) in [(BOTH[0], by_grpc), (BOTH[1], by_http)] {
        for act in acts {
            let (flushed, health, collector) = met(protocol, std::slice::from_ref(&act)).await;
            assert_eq!(flushed, Ok(()), "{act:?}");
            assert_eq!((health.sent, health.retries, health.waiting), (3, 1, 0), "{act:?}");
            assert_eq!((collector.knocks(), collector.spans().len()), (2, 3), "{act:?}");
            assert!(health.reachable && health.last_error.is_some());
        }
    }
}

#[tokio::test]
async fn a_pause_that_the_collector_asks_for_is_kept() {
    for (protocol, act) in [(BOTH[0], Act::Exhausted(Duration::from_secs(2))), (BOTH[1], Act::Http(503, "2"))]
    {
        let collector = Collector::start().await;
        collector.script([act]);
        let basalt = telemetry(&collector, protocol);
        span(&basalt, "a");
        let begun = std::time::Instant::now();
        basalt.flush(Duration::from_secs(30)).await.unwrap();
        assert!(begun.elapsed() >= Duration::from_secs(2), "however much somebody hurries");
    }
}

#[tokio::test]
async fn what_will_never_be_taken_is_dropped_counted_and_told_with_the_cure() {
    let by_grpc = [
        (Act::Grpc(16, "who?"), "check the API key"),
        (Act::Grpc(7, "no"), "check the API key"),
        (Act::Grpc(3, "what?"), "is the endpoint one for OTLP traces?"),
        (Act::Grpc(12, ""), "is the endpoint one for OTLP over gRPC?"),
        (Act::Grpc(8, "full"), "raise the limit"),
        (Act::Http(404, ""), "OTLP over gRPC?"),
    ];
    let by_http = [
        (Act::Http(400, ""), "is the endpoint one for OTLP traces?"),
        (Act::Http(401, ""), "check the API key"),
        (Act::Http(403, ""), "check the API key"),
        (Act::Http(404, ""), "check the path"),
        (Act::Http(413, ""), "raise its limit"),
        (Act::Http(415, ""), "does not take protobuf"),
        (Act::Http(301, ""), "redirects are not followed"),
        (Act::Http(500, ""), "not tried again"),
        (Act::Page, "a web page came back"),
    ];
    let all = by_grpc.map(|act| (BOTH[0], act)).into_iter().chain(by_http.map(|act| (BOTH[1], act)));
    for (protocol, (act, cure)) in all {
        let (flushed, health, collector) = met(protocol, std::slice::from_ref(&act)).await;
        let said = flushed.unwrap_err();
        assert!(said.starts_with("3 spans were not delivered") && said.contains(cure), "{act:?}: {said}");
        assert_eq!((health.refused, health.retries, health.waiting, health.sent), (3, 0, 0, 0), "{act:?}");
        assert_eq!(collector.knocks(), 1, "{act:?}: nobody knocks twice");
    }
}

#[tokio::test]
async fn a_refusal_holds_nobody_up_and_is_told_once() {
    let collector = Collector::start().await;
    collector.script([Act::Http(400, "")]);
    let basalt = telemetry(&collector, Protocol::HttpProtobuf);
    span(&basalt, "bad");
    assert_eq!(basalt.flush(Duration::from_secs(20)).await.unwrap_err().undelivered, 1);
    span(&basalt, "good");
    basalt.flush(Duration::from_secs(20)).await.unwrap();
    assert_eq!(collector.spans()[0].name, "good");
    assert_eq!(basalt.health().lost(), 1);
    basalt.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_partial_success_is_counted_and_not_repeated() {
    for protocol in BOTH {
        let (flushed, health, collector) = met(protocol, &[Act::TakeInPart(2)]).await;
        let said = flushed.unwrap_err();
        assert!(said.starts_with("2 spans were not delivered") && said.contains("too old"), "{said}");
        assert_eq!((health.sent, health.refused, collector.knocks()), (1, 2, 1));
    }
}

#[tokio::test]
async fn tls_that_fails_is_tried_again_and_says_why() {
    let collector = Collector::start().await;
    for protocol in BOTH {
        let url = format!("https://{}", collector.address());
        let otlp = Otlp::new(url).protocol(protocol).timeout(Duration::from_secs(2));
        let basalt = Basalt::builder().destination(otlp).build().unwrap();
        span(&basalt, "a");
        let error = basalt.flush(Duration::from_secs(3)).await.unwrap_err();
        assert_eq!(error.undelivered, 1);
        assert!(error.reason.contains("cannot be reached"), "{}", error.reason);
        let health = health(&basalt);
        assert!(!health.reachable && health.retries > 0 && health.waiting == 1, "it is kept: {health:?}");
        drop(basalt);
    }
    assert!(collector.spans().is_empty());
}

#[tokio::test]
async fn one_destination_that_is_away_does_not_hold_up_another() {
    let (well, nowhere) = (Collector::start().await, Port::reserve());
    let builder = Basalt::builder()
        .destination(Otlp::new(format!("http://{}", nowhere.address())).name("away"))
        .destination(Otlp::new(format!("http://{}", well.address())).name("well").api_key("k-2").gzip(true));
    let basalt = builder.build().unwrap();
    span(&basalt, "a");
    let error = basalt.flush(Duration::from_secs(2)).await.unwrap_err();
    assert_eq!(error.undelivered, 1);
    assert_eq!(well.spans().len(), 1);
    let batch = &well.batches()[0];
    assert!(batch.compressed && batch.headers["authorization"] == "Bearer k-2");
    let health = basalt.health();
    let names: Vec<_> =
        health.destinations.iter().map(|one| (one.name.as_str(), one.waiting, one.sent)).collect();
    assert_eq!(names, [("away", 1, 0), ("well", 0, 1)]);
}

#[test]
fn destinations_that_cannot_be_are_refused_with_the_cure() {
    let refused = |otlp: Otlp| Basalt::builder().destination(otlp).build().unwrap_err().to_string();
    let url = "http://127.0.0.1:4318";
    assert!(refused(Otlp::new("collector")).contains("has no scheme"));
    assert!(refused(Otlp::new(url).header("x y", "z")).contains("`header`"));
    assert!(refused(Otlp::new(url).api_key("a\nb")).contains("`api_key`"));
    assert!(refused(Otlp::new(url).timeout(Duration::ZERO)).contains("at least 1"));
    assert!(refused(Otlp::new(url).root_certificate("no pem")).contains("`root_certificate`"));
    assert!(refused(Otlp::new(url).client_certificate("no", "pem")).contains("`client_certificate`"));
    for url in ["http://127.0.0.1:4317", url] {
        for proxy in ["", "socks5://p:1080", "http://", "a b"] {
            assert!(refused(Otlp::new(url).proxy(proxy)).contains("`proxy`"), "{proxy}");
        }
    }
    let twice = Basalt::builder().destination(Otlp::new(url)).destination(Otlp::new(url));
    assert!(twice.build().unwrap_err().to_string().contains("`Otlp::name`"));
    for builder in [Basalt::builder().max_queue_spans(0), Basalt::builder().max_queue_bytes(10)] {
        assert!(builder.endpoint(url).build().unwrap_err().to_string().contains("at least"));
    }
    assert!(!format!("{:?}", Otlp::new(url).api_key("s3cret").header("a", "s3cret")).contains("s3cret"));
}
