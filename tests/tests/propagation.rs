//! Trace context between services: in strictly, out as W3C has it.

use axum::{Router, extract::Request, middleware, middleware::Next, routing::get};
use basalt_tests::{
    client::{Answer, Client},
    observed::{attribute, layered, named, observed},
    server::Server,
    wait,
};
use basalt_tower::{
    InCurrentObservation, Inbound,
    context::{carry, inject, trace_id},
    observe,
    opentelemetry::{
        Context,
        context::FutureExt,
        trace::{SpanBuilder, SpanId, SpanKind, TraceContextExt, TracerProvider},
    },
};
use opentelemetry_sdk::trace::SpanData;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

async fn get_with(server: &Server, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut client = Client::connect(server.address()).await;
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    client.send(format!("GET {path} HTTP/1.1\r\nhost: here\r\n{headers}\r\n").as_bytes()).await;
    client.answer("GET").await.unwrap()
}

/// The root that a request with these headers leaves.
async fn root_of(inbound: Inbound, headers: &[(&str, &str)]) -> SpanData {
    let routes = Router::new().route("/", get(|| async {}));
    let (basalt, recorder, router) = layered(routes, |layer| layer.inbound(inbound));
    let server = Server::start(router).await;
    get_with(&server, "/", headers).await;
    wait::for_spans(&basalt, &recorder, 1).await.remove(0)
}

fn continues(span: &SpanData) -> bool {
    span.span_context.trace_id().to_string() == TRACE && span.parent_span_id.to_string() == SPAN
}

/// Source: W3C Trace Context, section 3.2, header by header.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_traceparent_is_believed_only_if_the_recommendation_allows_it() {
    let valid = format!("00-{TRACE}-{SPAN}-01");
    let table: &[(&[&str], bool)] = &[
        (&[&valid], true),
        (&[&format!("00-{TRACE}-{SPAN}-03")], true),
        (&[&format!("01-{TRACE}-{SPAN}-01")], true),
        (&[&format!("cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like")], true),
        (&[&format!("cc-{TRACE}-{SPAN}-01.what-the-future-will-not-be-like")], false),
        (&[&format!("00-{TRACE}-{SPAN}-01-extra")], false),
        (&[&format!("ff-{TRACE}-{SPAN}-01")], false),
        (&[&format!("0-{TRACE}-{SPAN}-01")], false),
        (&[&format!("00-{}-{SPAN}-01", TRACE.to_uppercase())], false),
        (&[&format!("00-{TRACE}-{}-01", SPAN.to_uppercase())], false),
        (&[&format!("00-{}-{SPAN}-01", "0".repeat(32))], false),
        (&[&format!("00-{TRACE}-{}-01", "0".repeat(16))], false),
        (&[&format!("00-{}-{SPAN}-01", &TRACE[..31])], false),
        (&[&format!("00-{TRACE}0-{SPAN}-01")], false),
        (&[&format!("00-{TRACE}-{}-01", &SPAN[..15])], false),
        (&[&format!("00-{TRACE}-{SPAN}-1")], false),
        (&[&format!("00-{TRACE}-{SPAN}-0g")], false),
        (&[&format!("00-{TRACE}-{SPAN}")], false),
        (&[&format!("00_{TRACE}_{SPAN}_01")], false),
        (&[&format!("00-+{}-{SPAN}-01", &TRACE[1..])], false),
        (&[""], false),
        (&["garbage"], false),
        (&[&valid, &valid], false),
        (&[&valid, "garbage"], false),
    ];
    for (values, believed) in table {
        let headers: Vec<_> = values.iter().map(|value| ("traceparent", *value)).collect();
        assert_eq!(continues(&root_of(Inbound::Continue, &headers).await), *believed, "{values:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn restart_begins_a_new_trace_and_links_to_the_caller() {
    let root = root_of(Inbound::Restart, &[("traceparent", &format!("00-{TRACE}-{SPAN}-00"))]).await;
    assert_eq!(root.parent_span_id, SpanId::INVALID);
    assert_eq!(root.links.len(), 1);
    assert_eq!(root.links[0].span_context.trace_id().to_string(), TRACE);
    assert_eq!(root.links[0].span_context.span_id().to_string(), SPAN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ignore_begins_a_new_trace_and_reads_nothing() {
    let root = root_of(Inbound::Ignore, &[("traceparent", &format!("00-{TRACE}-{SPAN}-00"))]).await;
    assert_eq!((root.parent_span_id, root.links.len()), (SpanId::INVALID, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tracestate_rides_along_to_the_next_service() {
    let state = "vendor=1,other=2";
    let headers = [("traceparent", format!("00-{TRACE}-{SPAN}-01")), ("tracestate", state.to_owned())];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let routes = Router::new().route(
        "/",
        get(|| async {
            let mut outgoing = http::HeaderMap::new();
            inject(&mut outgoing);
            outgoing["tracestate"].to_str().unwrap().to_owned()
        }),
    );
    let (_basalt, _recorder, router) = observed(routes);
    let server = Server::start(router).await;
    assert_eq!(get_with(&server, "/", &headers).await.text(), state);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_that_is_called_next_continues_the_trace() {
    let (basalt, recorder, router) = observed(Router::new().route("/next", get(|| async {})));
    let next = Server::start(router).await;
    let address = next.address();
    let (caller, called_from, router) = observed(Router::new().route(
        "/first",
        get(move || {
            observe::observe("call").run(move |_| async move {
                let mut headers = http::HeaderMap::new();
                inject(&mut headers);
                let mut client = Client::connect(address).await;
                let traceparent = headers["traceparent"].to_str().unwrap();
                let request =
                    format!("GET /next HTTP/1.1\r\nhost: here\r\ntraceparent: {traceparent}\r\n\r\n");
                client.send(request.as_bytes()).await;
                client.answer("GET").await.unwrap();
            })
        }),
    ));
    let first = Server::start(router).await;
    Client::get(first.address(), "/first").await;

    let called = wait::for_spans(&basalt, &recorder, 1).await;
    let calling = wait::for_spans(&caller, &called_from, 2).await;
    assert_eq!(called[0].parent_span_id, named(&calling, "call").span_context.span_id());
    assert_eq!(called[0].span_context.trace_id(), calling[0].span_context.trace_id());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_span_that_another_library_has_opened_around_the_layer_is_the_parent() {
    let (basalt, recorder, router) = observed(Router::new().route("/", get(|| async {})));
    let provider = basalt.tracer_provider().unwrap();
    let other = move |request: Request, next: Next| {
        let span =
            SpanBuilder::from_name("other").with_kind(SpanKind::Server).start(&provider.tracer("other"));
        let context = Context::current_with_span(span);
        async move {
            let response = next.run(request).with_context(context.clone()).await;
            context.span().end();
            response
        }
    };
    let server = Server::start(router.layer(middleware::from_fn(other))).await;
    get_with(&server, "/", &[("traceparent", &format!("00-{TRACE}-{SPAN}-01"))]).await;

    let spans = wait::for_spans(&basalt, &recorder, 2).await;
    let (root, around) = (named(&spans, "GET /"), named(&spans, "other"));
    assert_eq!(root.parent_span_id, around.span_context.span_id(), "whatever the headers say");
    assert_eq!(root.span_kind, SpanKind::Internal, "there is one server span");
    assert_eq!(attribute(around, "basalt.span.feature_slug").as_deref(), Some("web"));
    assert_eq!(attribute(around, "basalt.in_trace").as_deref(), Some("true"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_and_threads_stay_in_the_trace_when_they_are_told_to() {
    let (basalt, recorder, router) = observed(Router::new().route(
        "/",
        get(|| async {
            let task = observe::observe("in task").run(|_| async {});
            tokio::spawn(task.in_current_observation()).await.unwrap();
            let work = carry(|| observe::observe("in thread").in_scope(|_| trace_id()));
            let in_thread = tokio::task::spawn_blocking(work).await.unwrap();
            assert_eq!(in_thread, trace_id());
            let lost = tokio::spawn(async { observe::observe("lost").run(|_| async {}).await });
            lost.await.unwrap();
        }),
    ));
    let server = Server::start(router).await;
    assert_eq!(Client::get(server.address(), "/").await.status, 200);
    let spans = wait::for_spans(&basalt, &recorder, 3).await;
    let root = named(&spans, "GET /").span_context.span_id();
    assert_eq!(named(&spans, "in task").parent_span_id, root);
    assert_eq!(named(&spans, "in thread").parent_span_id, root);
    assert_eq!(spans.len(), 3, "what was not told so is outside every trace, and does nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_does_not_sample_is_passed_on_as_it_is() {
    let routes = Router::new().route(
        "/",
        get(|| async {
            let mut outgoing = http::HeaderMap::new();
            inject(&mut outgoing);
            outgoing["traceparent"].to_str().unwrap().to_owned()
        }),
    );
    let (_basalt, _recorder, router) = observed(routes);
    let server = Server::start(router).await;
    let answer = get_with(&server, "/", &[("traceparent", &format!("00-{TRACE}-{SPAN}-00"))]).await;
    assert!(answer.text().starts_with(&format!("00-{TRACE}-")) && answer.text().ends_with("-00"));
}
