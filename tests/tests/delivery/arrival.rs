//! What reaches a collector, by either protocol, as a decoder of our own reads it.

use std::time::Duration;

use axum::{Router, routing::get};
use basalt_tests::{
    client::Client,
    collector::{Collector, proto::Value},
    lines::Lines,
    port::Port,
    server::Server,
};
use basalt_tower::{Basalt, BasaltLayer, Protocol, observe, testing::Recorder};

const BOTH: [Protocol; 2] = [Protocol::Grpc, Protocol::HttpProtobuf];

fn text(value: &str) -> Option<Value> {
    Some(Value::String(value.to_owned()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_and_its_steps_arrive_by_either_protocol() {
    for protocol in BOTH {
        let collector = Collector::start().await;
        let basalt = collector.builder(protocol).api_key("k-123").service_name("shop").build().unwrap();
        let router = Router::new()
            .route("/ask/{id}", get(|| observe::generation("answer").model("m-1").run(|_| async {})))
            .layer(BasaltLayer::new(&basalt, "web"));
        let server = Server::start(router).await;
        assert_eq!(Client::get(server.address(), "/ask/7").await.status, 200);
        basalt.flush(Duration::from_secs(10)).await.unwrap();

        let spans = collector.spans();
        assert_eq!(spans.len(), 2);
        let (child, root) = (&spans[0], &spans[1]);
        assert_eq!((child.name.as_str(), root.name.as_str()), ("answer", "GET /ask/{id}"));
        assert_eq!(child.parent_span_id, root.span_id);
        assert_eq!(child.trace_id, root.trace_id);
        assert_eq!((child.kind, root.kind), (1, 2), "internal, server");
        assert!(root.start_time_unix_nano <= child.start_time_unix_nano);
        assert!(child.end_time_unix_nano <= root.end_time_unix_nano);
        assert_eq!(child.attribute("gen_ai.request.model").cloned(), text("m-1"));
        assert_eq!(root.attribute("http.response.status_code"), Some(&Value::Int(200)));
        assert_eq!(root.attribute("basalt.root"), Some(&Value::Bool(true)));

        let batches = collector.batches();
        assert!(batches.iter().all(|batch| batch.protocol == protocol));
        assert!(batches.iter().all(|batch| batch.headers["authorization"] == "Bearer k-123"));
        assert!(batches.iter().all(|batch| !batch.compressed), "loopback is not worth compressing");
        let resource = &batches[0].resources[0];
        assert_eq!(resource.attribute("service.name").cloned(), text("shop"));
        assert_eq!(resource.attribute("basalt.sdk.type").cloned(), text("rust"));
        let scopes = &resource.scope_spans;
        let names: Vec<_> = scopes.iter().map(|scope| scope.scope.as_ref().unwrap().name.as_str()).collect();
        assert!(
            names.contains(&"basalt.observability") && names.contains(&"basalt.observability.generation")
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_of_ones_own_are_sent_with_every_batch() {
    for protocol in BOTH {
        let collector = Collector::start().await;
        let basalt = collector.builder(protocol).header("x-tenant", "acme").build().unwrap();
        basalt.start_observe("jobs", "job").in_scope(|_| ());
        basalt.shutdown().await.unwrap();
        assert_eq!(collector.batches()[0].headers["x-tenant"], "acme");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_of_spans_arrives_whole_and_once() {
    for protocol in BOTH {
        let collector = Collector::start().await;
        let basalt = collector.builder(protocol).build().unwrap();
        for number in 0..5_000 {
            basalt.start_observe("jobs", "job").in_scope(|root| root.set_input(number));
        }
        basalt.shutdown().await.unwrap();
        let spans = collector.spans();
        let mut inputs: Vec<_> =
            spans.iter().filter_map(|span| span.attribute("basalt.span.input")).collect();
        inputs.sort_by_key(|value| format!("{value:?}"));
        inputs.dedup();
        assert_eq!((spans.len(), inputs.len()), (5_000, 5_000));
    }
}

#[tokio::test]
async fn spans_leave_without_being_asked() {
    let recorder = Recorder::new();
    let basalt = Basalt::builder().exporter(recorder.clone()).build().unwrap();
    basalt.start_observe("jobs", "job").in_scope(|_| ());
    basalt_tests::wait::until("a span that nobody flushed", || async { recorder.spans().pop() }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_down_costs_no_request_and_one_warning() {
    let lines = Lines::listen();
    let port = Port::reserve();
    let down = port.address();
    let basalt = Basalt::builder().endpoint(format!("http://{down}")).api_key("s3cret").build().unwrap();
    let router = Router::new().route("/", get(|| async { "ok" })).layer(BasaltLayer::new(&basalt, "web"));
    let server = Server::start(router).await;

    let mut undelivered = 0;
    for _ in 0..3 {
        for _ in 0..20 {
            assert_eq!(Client::get(server.address(), "/").await.text(), "ok");
        }
        undelivered += basalt.flush(Duration::from_secs(1)).await.unwrap_err().undelivered;
    }
    assert_eq!(undelivered, 20 + 40 + 60, "they are kept, and told each time");
    assert_eq!(basalt.health().destinations[0].waiting, 60);
    let lines: Vec<_> = lines.all().into_iter().filter(|line| line.contains(&down.to_string())).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("cannot be delivered") && !lines[0].contains("s3cret"));
}
