//! Below and above opentelemetry-instrumentation-tower, which asks the process for its provider.
//!
//! All tests here share the process's provider and propagator. Each has a feature of its own, and looks at its
//! own spans alone.

use std::sync::LazyLock;

use axum::{Router, body::Body, extract::Request, routing::get};
use basalt_tests::{
    bridged::{PROCESS, SPAN, TRACE},
    client::Client,
    observed::{attribute, named, parent_name},
    server::Server,
    wait,
};
use basalt_tower::{
    BasaltLayer, BasaltService, observe,
    opentelemetry::trace::{SpanId, SpanKind},
};
use futures_util::future::join_all;
use opentelemetry_instrumentation_tower::http::server::{
    Layer as OtelLayer, LayerBuilder as OtelLayerBuilder,
};
use opentelemetry_sdk::trace::SpanData;
use tokio::task::yield_now;
use tower::{ServiceBuilder, ServiceExt, layer::layer_fn, service_fn};
use tracing::instrument;

const LIBRARY: &str = "opentelemetry-instrumentation-tower";

/// All spans of the process, as soon as a path has left its two: the library's and ours.
async fn spans_with(path: &str) -> Vec<SpanData> {
    let (basalt, recorder) = &*PROCESS;
    let of_path = |span: &&SpanData| attribute(span, "url.path").as_deref() == Some(path);
    wait::until(path, || async {
        let spans = wait::for_spans(basalt, recorder, 2).await;
        (spans.iter().filter(of_path).count() == 2).then_some(spans)
    })
    .await
}

/// The library's span of a path, and ours.
fn both<'a>(spans: &'a [SpanData], path: &str) -> (&'a SpanData, &'a SpanData) {
    let (mut theirs, mut ours): (Vec<_>, Vec<_>) = spans
        .iter()
        .filter(|span| attribute(span, "url.path").as_deref() == Some(path))
        .partition(|span| span.instrumentation_scope.name() == LIBRARY);
    (theirs.pop().unwrap(), ours.pop().unwrap())
}

fn is_below(child: &SpanData, parent: &SpanData) -> bool {
    child.parent_span_id == parent.span_context.span_id()
        && child.span_context.trace_id() == parent.span_context.trace_id()
}

fn is_root(span: &SpanData) -> bool {
    span.parent_span_id == SpanId::INVALID
}

fn is_below_the_caller(span: &SpanData) -> bool {
    span.span_context.trace_id().to_string() == TRACE && span.parent_span_id.to_string() == SPAN
}

fn basalt_layer(feature_slug: &'static str) -> BasaltLayer {
    BasaltLayer::new(&PROCESS.0, feature_slug)
}

/// Their layer can be made when the process has its provider, not earlier.
fn otel_layer() -> OtelLayer {
    LazyLock::force(&PROCESS);
    OtelLayer::new()
}

async fn ask(router: Router, path: &str, headers: &str) {
    let server = Server::start(router).await;
    let mut client = Client::connect(server.address()).await;
    client.send(format!("GET {path} HTTP/1.1\r\nhost: here\r\n{headers}\r\n").as_bytes()).await;
    assert_eq!(client.answer("GET").await.unwrap().status, 200);
}

fn from_caller() -> String {
    format!("traceparent: 00-{TRACE}-{SPAN}-01\r\n")
}

#[tokio::test]
async fn below_the_other_layer_the_root_is_an_internal_span_of_its_trace() {
    let router = Router::new()
        .route("/below", get(|| async { observe::observe("step below").run(|_| yield_now()).await }))
        .layer(basalt_layer("below"))
        .layer(otel_layer());
    ask(router, "/below", "").await;
    let spans = spans_with("/below").await;
    let (theirs, ours) = both(&spans, "/below");
    assert!(is_root(theirs) && is_below(ours, theirs));
    assert!(is_below(named(&spans, "step below"), ours));
    assert_eq!((&theirs.span_kind, &ours.span_kind), (&SpanKind::Server, &SpanKind::Internal));
    assert_eq!(attribute(theirs, "basalt.in_trace").as_deref(), Some("true"));
    assert_eq!(attribute(theirs, "basalt.span.feature_slug").as_deref(), Some("below"));
    assert_eq!(attribute(ours, "basalt.root").as_deref(), Some("true"));
}

#[tokio::test]
async fn below_the_other_layer_the_callers_trace_goes_on() {
    let routes = Router::new().route("/below/called", get(|| async {}));
    let router = routes.layer(basalt_layer("below-called")).layer(otel_layer());
    ask(router, "/below/called", &from_caller()).await;
    let spans = spans_with("/below/called").await;
    let (theirs, ours) = both(&spans, "/below/called");
    assert!(is_below_the_caller(theirs) && is_below(ours, theirs));
}

#[tokio::test]
async fn the_other_layer_inside_ours_opens_a_step_of_the_request() {
    let router = Router::new()
        .route("/above", get(|| async { observe::observe("step above").run(|_| yield_now()).await }))
        .layer(otel_layer())
        .layer(basalt_layer("above").identity_with(|_| Some("u-1".into())));
    ask(router, "/above", "").await;
    let spans = spans_with("/above").await;
    let (theirs, ours) = both(&spans, "/above");
    assert!(is_root(ours) && is_below(theirs, ours));
    assert!(is_below(named(&spans, "step above"), theirs));
    assert_eq!((&theirs.span_kind, &ours.span_kind), (&SpanKind::Server, &SpanKind::Server));
    assert_eq!(attribute(theirs, "basalt.in_trace").as_deref(), Some("true"));
    assert_eq!(attribute(theirs, "basalt.span.feature_slug").as_deref(), Some("above"));
    assert_eq!(attribute(theirs, "basalt.user.id").as_deref(), Some("u-1"));
}

/// It asks the propagator for a parent, whose answer replaces whatever is active.
#[tokio::test]
async fn the_other_layer_inside_ours_goes_on_with_the_callers_trace_beside_us() {
    let routes = Router::new().route("/above/called", get(|| async {}));
    let router = routes.layer(otel_layer()).layer(basalt_layer("above-called"));
    ask(router, "/above/called", &from_caller()).await;
    let spans = spans_with("/above/called").await;
    let (theirs, ours) = both(&spans, "/above/called");
    assert!(is_below_the_caller(ours) && is_below_the_caller(theirs));
    assert_eq!(attribute(theirs, "basalt.span.feature_slug").as_deref(), Some("above-called"));
}

/// Its span is active when the inner service's future is polled, not yet when the inner service is called.
#[tokio::test]
async fn in_one_stack_the_root_stands_beside_the_other_layer_unless_it_is_called_later() {
    type Inner = BasaltService<Router>;
    let later = layer_fn(|inner: Inner| service_fn(move |request: Request| inner.clone().oneshot(request)));
    let routes = || Router::new().fallback(|| async {});
    let at_once = ServiceBuilder::new().layer(otel_layer()).layer(basalt_layer("stack")).service(routes());
    let later = ServiceBuilder::new()
        .layer(otel_layer())
        .layer(later)
        .layer(basalt_layer("stack-later"))
        .service(routes());
    let called = Request::get("/called").header("traceparent", format!("00-{TRACE}-{SPAN}-01"));
    at_once.clone().oneshot(called.body(Body::empty()).unwrap()).await.unwrap();
    at_once.oneshot(Request::get("/at-once").body(Body::empty()).unwrap()).await.unwrap();
    later.oneshot(Request::get("/later").body(Body::empty()).unwrap()).await.unwrap();
    let spans = spans_with("/at-once").await;
    let (theirs, ours) = both(&spans, "/at-once");
    assert!(is_root(theirs) && is_root(ours));
    let spans = spans_with("/called").await;
    let (theirs, ours) = both(&spans, "/called");
    assert!(is_below_the_caller(theirs) && is_below_the_caller(ours));
    let spans = spans_with("/later").await;
    let (theirs, ours) = both(&spans, "/later");
    assert!(is_below(ours, theirs));
}

#[tokio::test]
async fn outside_ours_and_kept_for_its_metrics_alone_the_other_layer_is_not_in_the_way() {
    let silent = OtelLayerBuilder::builder().with_tracing(false).build().unwrap();
    let router = Router::new()
        .route("/silent", get(|| async { observe::observe("step of silent").run(|_| yield_now()).await }))
        .layer(basalt_layer("silent"))
        .layer(silent);
    ask(router, "/silent", &from_caller()).await;
    let (basalt, recorder) = &*PROCESS;
    let spans = wait::until("a root and a step", || async {
        let mut spans = wait::for_spans(basalt, recorder, 2).await;
        spans.retain(|span| attribute(span, "basalt.span.feature_slug").as_deref() == Some("silent"));
        (spans.len() == 2).then_some(spans)
    })
    .await;
    assert!(is_below_the_caller(named(&spans, "GET /silent")));
    assert_eq!(named(&spans, "GET /silent").span_kind, SpanKind::Server);
    assert_eq!(parent_name(&spans, "step of silent").as_deref(), Some("GET /silent"));
}

/// Sixteen requests on four threads, all open at the same time.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn spans_of_tracing_stay_in_their_own_request_on_whatever_thread_they_run() {
    #[instrument]
    async fn work() {
        TOGETHER.wait().await;
        for _ in 0..10 {
            yield_now().await;
        }
        observe::observe("step at once").run(|_| yield_now()).await;
    }
    static TOGETHER: LazyLock<tokio::sync::Barrier> = LazyLock::new(|| tokio::sync::Barrier::new(16));
    let router = Router::new().route("/turns", get(work)).layer(basalt_layer("turns"));
    let server = Server::start(router).await;
    join_all((0..16).map(|_| Client::get(server.address(), "/turns"))).await;

    let (basalt, recorder) = &*PROCESS;
    let spans = wait::until("48 spans", || async {
        let mut spans = wait::for_spans(basalt, recorder, 48).await;
        spans.retain(|span| attribute(span, "basalt.span.feature_slug").as_deref() == Some("turns"));
        (spans.len() == 48).then_some(spans)
    })
    .await;
    for root in spans.iter().filter(|span| is_root(span)) {
        let in_trace = |span: &&SpanData| span.span_context.trace_id() == root.span_context.trace_id();
        let spans: Vec<_> = spans.iter().filter(in_trace).cloned().collect();
        assert_eq!(parent_name(&spans, "work").as_deref(), Some("GET /turns"));
        assert_eq!(parent_name(&spans, "step at once").as_deref(), Some("work"));
    }
    assert_eq!(spans.iter().filter(|span| is_root(span)).count(), 16);
}
