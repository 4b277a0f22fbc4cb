//! Spans of `tracing`, bridged by tracing-opentelemetry, and ours in one trace, either below the other.
//!
//! A subscriber here belongs to the thread of its test, which runs everything, server included.

use axum::{Router, body::Body, extract::Request, routing::get};
use basalt_tests::{
    client::Client,
    observed::{attribute, named, observed, parent_name, recording},
    server::Server,
    wait,
};
use basalt_tower::{
    Basalt, BasaltLayer, InCurrentObservation, RequestSpan, observe,
    opentelemetry::{
        propagation::TextMapPropagator,
        trace::{SpanKind, TracerProvider},
    },
};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::{propagation::TraceContextPropagator, trace::SpanData};
use tokio::task::yield_now;
use tower::{ServiceBuilder, ServiceExt};
use tower_http::trace::{DefaultMakeSpan, TraceLayer};
use tracing::{Instrument, Level, Span, info_span, instrument, subscriber::DefaultGuard};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, filter::LevelFilter, layer::SubscriberExt, util::SubscriberInitExt};

/// The bridge of docs/interop.md, for this thread.
fn bridge(basalt: &Basalt) -> DefaultGuard {
    let bridge = basalt.tracer_provider().map(|provider| {
        let tracer = provider.tracer("support-api");
        tracing_opentelemetry::layer().with_tracer(tracer).with_filter(LevelFilter::INFO)
    });
    tracing_subscriber::registry().with(bridge).set_default()
}

/// What a request for `/` leaves.
async fn spans_of(routes: Router, count: usize) -> Vec<SpanData> {
    let (basalt, recorder, router) = observed(routes);
    let _bridged = bridge(&basalt);
    let server = Server::start(router).await;
    assert_eq!(Client::get(server.address(), "/").await.status, 200);
    let spans = wait::for_spans(&basalt, &recorder, count).await;
    assert_eq!(spans.len(), count, "{:?}", spans.iter().map(|span| &span.name).collect::<Vec<_>>());
    spans
}

/// Asserts for each pair that the first stands below the second.
fn assert_below(spans: &[SpanData], pairs: &[(&str, &str)]) {
    for (child, parent) in pairs {
        assert_eq!(parent_name(spans, child).as_deref(), Some(*parent), "{child}");
    }
}

fn is_stamped(span: &SpanData) -> bool {
    attribute(span, "basalt.in_trace").as_deref() == Some("true")
        && attribute(span, "basalt.span.feature_slug").as_deref() == Some("web")
}

#[instrument]
async fn search(query: &str) {
    yield_now().await;
    info_span!("parse").in_scope(|| {});
    yield_now().await;
    async { yield_now().await }.instrument(info_span!("fetch")).await;
}

#[tokio::test]
async fn spans_of_tracing_are_steps_of_the_request_and_say_whose_it_is() {
    let handler = |request: RequestSpan| async move {
        request.set_identity("u-1");
        yield_now().await;
        search("why?").await;
    };
    let spans = spans_of(Router::new().route("/", get(handler)), 4).await;
    assert_below(&spans, &[("search", "GET /"), ("parse", "search"), ("fetch", "search")]);
    for name in ["search", "parse", "fetch"] {
        let span = named(&spans, name);
        assert!(is_stamped(span), "{name}");
        assert_eq!(attribute(span, "basalt.user.id").as_deref(), Some("u-1"), "{name}");
    }
    assert_eq!(attribute(named(&spans, "search"), "query").as_deref(), Some("why?"));
}

#[tokio::test]
async fn steps_inside_a_span_of_tracing_hang_below_it_at_any_depth() {
    #[instrument]
    async fn outer() {
        yield_now().await;
        let step = observe::generation("step").run(|_| async {
            yield_now().await;
            inner().await;
        });
        step.await;
        observe::tool("after").in_scope(|_| {});
    }
    #[instrument]
    async fn inner() {
        yield_now().await;
        observe::observe("deep").run(|_| yield_now()).await;
    }
    let spans = spans_of(Router::new().route("/", get(outer)), 6).await;
    assert_below(
        &spans,
        &[("outer", "GET /"), ("step", "outer"), ("inner", "step"), ("deep", "inner"), ("after", "outer")],
    );
}

#[tokio::test]
async fn what_is_said_of_the_active_span_reaches_a_span_of_tracing_and_of_the_trace_the_request() {
    let handler = || {
        async {
            observe::set_attribute("rows", 3);
            observe::trace().set_output("so");
        }
        .instrument(info_span!("work"))
    };
    let spans = spans_of(Router::new().route("/", get(handler)), 2).await;
    assert_eq!(attribute(named(&spans, "work"), "rows").as_deref(), Some("3"));
    assert_eq!(attribute(named(&spans, "GET /"), "basalt.span.output").as_deref(), Some("so"));
}

#[tokio::test]
async fn a_span_of_tracing_knows_of_the_trace_what_was_known_when_it_was_first_entered() {
    let handler = |request: RequestSpan| async move {
        let early = info_span!("early");
        let late = info_span!("late");
        early.in_scope(|| request.set_identity("u-1"));
        early.in_scope(|| late.in_scope(|| {}));
    };
    let spans = spans_of(Router::new().route("/", get(handler)), 3).await;
    let user = |name| attribute(named(&spans, name), "basalt.user.id");
    assert_eq!((user("early"), user("late")), (None, Some("u-1".to_owned())));
    assert_below(&spans, &[("early", "GET /"), ("late", "GET /")]);
}

#[tokio::test]
async fn futures_that_take_turns_keep_their_own_parents() {
    async fn branch(name: &'static str) {
        for _ in 0..3 {
            yield_now().await;
        }
        observe::observe(name).run(|_| yield_now()).await;
    }
    let handler = || async {
        tokio::join!(
            branch("step a").instrument(info_span!("a")),
            branch("step b").instrument(info_span!("b")),
            branch("step c"),
        );
    };
    let spans = spans_of(Router::new().route("/", get(handler)), 6).await;
    assert_below(&spans, &[("a", "GET /"), ("b", "GET /"), ("step a", "a"), ("step b", "b")]);
    assert_below(&spans, &[("step c", "GET /")]);
}

#[tokio::test]
async fn tasks_stay_in_the_trace_by_either_way_and_the_inner_wrapper_is_the_parent() {
    async fn step(name: &'static str) {
        yield_now().await;
        observe::observe(name).run(|_| yield_now()).await;
    }
    #[instrument]
    async fn handler() {
        let tasks = [
            tokio::spawn(step("carried").in_current_observation()),
            tokio::spawn(step("instrumented").instrument(info_span!("span 1"))),
            tokio::spawn(
                step("instrumented first").instrument(info_span!("span 2")).in_current_observation(),
            ),
            tokio::spawn(step("carried first").in_current_observation().instrument(info_span!("span 3"))),
        ];
        for task in tasks {
            task.await.unwrap();
        }
    }
    let spans = spans_of(Router::new().route("/", get(handler)), 9).await;
    assert_below(&spans, &[("handler", "GET /"), ("carried", "handler")]);
    assert_below(&spans, &[("span 1", "handler"), ("span 2", "handler"), ("span 3", "handler")]);
    assert_below(&spans, &[("instrumented", "span 1"), ("instrumented first", "span 2")]);
    assert_below(&spans, &[("carried first", "handler")]);
}

#[tokio::test]
async fn a_span_of_tracing_belongs_where_it_was_made_and_so_does_what_runs_in_it() {
    async fn work() {
        info_span!("below").in_scope(|| {});
        observe::observe("lost").run(|_| async {}).await;
    }
    let (basalt, recorder) = recording();
    let _bridged = bridge(&basalt);
    let program = info_span!("program");
    let routes = Router::new().route("/", get(move || work().instrument(program.clone())));
    let server = Server::start(routes.layer(BasaltLayer::new(&basalt, "web"))).await;
    Client::get(server.address(), "/").await;
    let spans = wait::for_spans(&basalt, &recorder, 2).await;
    let below = named(&spans, "below");
    assert_ne!(below.span_context.trace_id(), named(&spans, "GET /").span_context.trace_id());
    assert!(!is_stamped(below));
    assert_eq!(spans.len(), 2, "a step outside every trace does nothing");
}

#[tokio::test]
async fn without_context_activation_steps_do_not_see_spans_of_tracing_but_stay_in_the_trace() {
    let handler = || {
        async {
            observe::observe("step").run(|_| async { info_span!("below").in_scope(|| {}) }).await;
        }
        .instrument(info_span!("outer"))
    };
    let (basalt, recorder, router) = observed(Router::new().route("/", get(handler)));
    let tracer = basalt.tracer_provider().unwrap().tracer("support-api");
    let inactive = tracing_opentelemetry::layer().with_tracer(tracer).with_context_activation(false);
    let _bridged = tracing_subscriber::registry().with(inactive).set_default();
    let server = Server::start(router).await;
    Client::get(server.address(), "/").await;
    let spans = wait::for_spans(&basalt, &recorder, 4).await;
    assert_below(&spans, &[("outer", "GET /"), ("step", "GET /"), ("below", "outer")]);
    assert!(is_stamped(named(&spans, "below")));
}

/// A server span as `TraceLayer` opens it when it is told to.
fn server_span(request: &Request) -> Span {
    info_span!("server", otel.kind = "server", path = request.uri().path())
}

fn assert_root_below_server_span(spans: &[SpanData], root: &str) {
    assert_below(spans, &[(root, "server")]);
    let (server, root) = (named(spans, "server"), named(spans, root));
    assert_eq!((&server.span_kind, &root.span_kind), (&SpanKind::Server, &SpanKind::Internal));
    assert!(is_stamped(server), "the span around the root is marked");
    assert_eq!(attribute(server, "basalt.span.kind").as_deref(), Some("span"));
    assert_eq!(attribute(root, "basalt.span.kind").as_deref(), Some("basalt_trace"));
    assert_eq!(attribute(root, "basalt.root").as_deref(), Some("true"));
    assert_eq!(attribute(root, "http.response.status_code").as_deref(), Some("200"));
    let ended = |name: &str| spans.iter().position(|span| span.name == name);
    assert!(ended(&root.name) < ended("server"), "the last byte ends both, the inner one first");
}

#[tokio::test]
async fn below_a_trace_layer_the_root_is_an_internal_span_of_its_trace() {
    let (basalt, recorder) = recording();
    let _bridged = bridge(&basalt);
    let handler = || async {
        observe::observe("step").run(|_| yield_now()).await;
        observe::trace().set_output("so");
    };
    let router = Router::new()
        .route("/", get(handler))
        .layer(BasaltLayer::new(&basalt, "web"))
        .layer(TraceLayer::new_for_http().make_span_with(server_span));
    let server = Server::start(router).await;
    assert_eq!(Client::get(server.address(), "/").await.status, 200);
    let spans = wait::for_spans(&basalt, &recorder, 3).await;
    assert_root_below_server_span(&spans, "GET /");
    assert_below(&spans, &[("step", "GET /")]);
    assert_eq!(attribute(named(&spans, "server"), "basalt.span.output").as_deref(), Some("so"));
}

#[tokio::test]
async fn below_a_trace_layer_in_one_stack_it_is_the_same() {
    let (basalt, recorder) = recording();
    let _bridged = bridge(&basalt);
    let service = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http().make_span_with(server_span))
        .layer(BasaltLayer::new(&basalt, "web"))
        .service(Router::new().route("/", get(|| async { "hello" })));
    let answer = service.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
    axum::body::to_bytes(Body::new(answer.into_body()), 100).await.unwrap();
    let spans = wait::for_spans(&basalt, &recorder, 2).await;
    assert_root_below_server_span(&spans, "GET");
}

#[tokio::test]
async fn a_trace_layer_inside_ours_opens_a_step_of_the_request() {
    let routes = Router::new()
        .route("/", get(|| async { observe::observe("step").run(|_| yield_now()).await }))
        .layer(TraceLayer::new_for_http().make_span_with(DefaultMakeSpan::new().level(Level::INFO)));
    let spans = spans_of(routes, 3).await;
    assert_below(&spans, &[("request", "GET /"), ("step", "request")]);
    assert!(is_stamped(named(&spans, "request")));
    assert_eq!(named(&spans, "GET /").span_kind, SpanKind::Server);
}

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

/// As [`server_span`], below the caller: docs/interop.md.
fn server_span_below_the_caller(request: &Request) -> Span {
    let span = server_span(request);
    let _ = span.set_parent(TraceContextPropagator::new().extract(&HeaderExtractor(request.headers())));
    span
}

#[tokio::test]
async fn the_outermost_layer_decides_whether_the_callers_trace_goes_on() {
    for (make_span, goes_on) in [
        (server_span as fn(&Request) -> Span, false),
        (server_span_below_the_caller as fn(&Request) -> Span, true),
    ] {
        let (basalt, recorder) = recording();
        let _bridged = bridge(&basalt);
        let router = Router::new()
            .route("/", get(|| async {}))
            .layer(BasaltLayer::new(&basalt, "web"))
            .layer(TraceLayer::new_for_http().make_span_with(make_span));
        let server = Server::start(router).await;
        let mut client = Client::connect(server.address()).await;
        let request = format!("GET / HTTP/1.1\r\nhost: here\r\ntraceparent: 00-{TRACE}-{SPAN}-01\r\n\r\n");
        client.send(request.as_bytes()).await;
        client.answer("GET").await.unwrap();
        let spans = wait::for_spans(&basalt, &recorder, 2).await;
        assert_root_below_server_span(&spans, "GET /");
        let outer = named(&spans, "server");
        assert_eq!(outer.span_context.trace_id().to_string() == TRACE, goes_on);
        assert_eq!(outer.parent_span_id.to_string() == SPAN, goes_on);
    }
}
