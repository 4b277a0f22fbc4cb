//! On actix-web: below and above opentelemetry-instrumentation-actix-web, which asks the process for its
//! provider, and among spans of `tracing`.
//!
//! All tests here share the process's provider, propagator and subscriber. Each has a feature of its own, and
//! looks at its own spans alone.

use actix_web::{
    App, HttpResponse,
    rt::spawn,
    web::{self, Bytes},
};
use basalt_actix::{
    BasaltMiddleware, InCurrentObservation, context, observe,
    opentelemetry::trace::{SpanId, SpanKind},
};
use basalt_tests::{
    actix_server::ActixServer,
    bridged::{PROCESS, SPAN, TRACE},
    client::Client,
    observed::{attribute, named, parent_name},
    wait,
};
use futures_util::{StreamExt, stream};
use opentelemetry_instrumentation_actix_web::RequestTracing;
use opentelemetry_sdk::trace::SpanData;
use tokio::task::yield_now;
use tracing::{Instrument, info_span};

const LIBRARY: &str = "opentelemetry-instrumentation-actix-web";

fn middleware(feature_slug: &'static str) -> BasaltMiddleware {
    BasaltMiddleware::new(&PROCESS.0, feature_slug)
}

/// All spans of a feature, as soon as there are so many.
async fn spans_of(feature_slug: &str, count: usize) -> Vec<SpanData> {
    let (basalt, recorder) = &*PROCESS;
    wait::until(feature_slug, || async {
        let mut spans = wait::for_spans(basalt, recorder, count).await;
        spans.retain(|span| attribute(span, "basalt.span.feature_slug").as_deref() == Some(feature_slug));
        (spans.len() == count).then_some(spans)
    })
    .await
}

/// The library's span, and our root.
fn both(spans: &[SpanData]) -> (&SpanData, &SpanData) {
    let theirs = spans.iter().find(|span| span.instrumentation_scope.name() == LIBRARY);
    let ours = spans.iter().find(|span| attribute(span, "basalt.root").is_some());
    (theirs.unwrap(), ours.unwrap())
}

fn is_below(child: &SpanData, parent: &SpanData) -> bool {
    child.parent_span_id == parent.span_context.span_id()
        && child.span_context.trace_id() == parent.span_context.trace_id()
}

fn is_below_the_caller(span: &SpanData) -> bool {
    span.span_context.trace_id().to_string() == TRACE && span.parent_span_id.to_string() == SPAN
}

/// Asks for `/`, and stops the server.
async fn ask(server: ActixServer, headers: &str) {
    let mut client = Client::connect(server.address()).await;
    client.send(format!("GET / HTTP/1.1\r\nhost: here\r\n{headers}\r\n").as_bytes()).await;
    assert_eq!(client.answer("GET").await.unwrap().status, 200);
    drop(client);
    server.stop().await;
}

fn from_caller() -> String {
    format!("traceparent: 00-{TRACE}-{SPAN}-01\r\n")
}

async fn step() -> HttpResponse {
    observe::observe("step").run(|_| yield_now()).await;
    HttpResponse::Ok().finish()
}

/// With its feature `sync-middleware`, without which its span is not active yet when our root opens.
#[tokio::test]
async fn below_the_other_middleware_the_root_is_an_internal_span_of_its_trace() {
    let app =
        || App::new().wrap(middleware("below")).wrap(RequestTracing::new()).route("/", web::get().to(step));
    ask(ActixServer::start(app).await, &from_caller()).await;
    let spans = spans_of("below", 3).await;
    let (theirs, ours) = both(&spans);
    assert!(is_below_the_caller(theirs) && is_below(ours, theirs));
    assert!(is_below(named(&spans, "step"), ours));
    assert_eq!((&theirs.span_kind, &ours.span_kind), (&SpanKind::Server, &SpanKind::Internal));
    assert_eq!(attribute(theirs, "basalt.in_trace").as_deref(), Some("true"));
}

#[tokio::test]
async fn the_other_middleware_inside_ours_opens_a_step_of_the_request() {
    let app = || {
        let ours = middleware("above").identity_with(|_| Some("u-1".into()));
        App::new().wrap(RequestTracing::new()).wrap(ours).route("/", web::get().to(step))
    };
    ask(ActixServer::start(app).await, "").await;
    let spans = spans_of("above", 3).await;
    let (theirs, ours) = both(&spans);
    assert!(ours.parent_span_id == SpanId::INVALID && is_below(theirs, ours));
    assert!(is_below(named(&spans, "step"), theirs));
    assert_eq!((&theirs.span_kind, &ours.span_kind), (&SpanKind::Server, &SpanKind::Server));
    assert_eq!(attribute(theirs, "basalt.user.id").as_deref(), Some("u-1"));
}

/// It asks the propagator for a parent, whose answer replaces whatever is active.
#[tokio::test]
async fn the_other_middleware_inside_ours_goes_on_with_the_callers_trace_beside_us() {
    let app = || {
        App::new()
            .wrap(RequestTracing::new())
            .wrap(middleware("above-called"))
            .route("/", web::get().to(HttpResponse::Ok))
    };
    ask(ActixServer::start(app).await, &from_caller()).await;
    let spans = spans_of("above-called", 2).await;
    let (theirs, ours) = both(&spans);
    assert!(is_below_the_caller(ours) && is_below_the_caller(theirs));
}

#[tokio::test]
async fn a_span_of_tracing_in_a_handler_is_a_step_of_the_request_and_has_steps_of_its_own() {
    async fn handler() -> HttpResponse {
        let work = async { observe::observe("step").run(|_| yield_now()).await };
        work.instrument(info_span!("work")).await;
        let _entered = info_span!("at once").entered();
        HttpResponse::Ok().finish()
    }
    let app = || App::new().wrap(middleware("tracing")).route("/", web::get().to(handler));
    ask(ActixServer::start(app).await, "").await;
    let spans = spans_of("tracing", 4).await;
    for (span, parent) in [("work", "GET /"), ("step", "work"), ("at once", "GET /")] {
        assert_eq!(parent_name(&spans, span).as_deref(), Some(parent), "{span}");
    }
}

#[tokio::test]
async fn tasks_and_threads_stay_in_the_request_below_the_span_of_tracing_that_was_active() {
    async fn handler() -> HttpResponse {
        async {
            let task = async { observe::observe("task").run(|_| yield_now()).await };
            spawn(task.in_current_observation()).await.unwrap();
            let thread = context::carry(|| {
                observe::observe("thread").in_scope(|_| info_span!("deep").in_scope(|| {}));
            });
            web::block(thread).await.unwrap();
        }
        .instrument(info_span!("work"))
        .await;
        HttpResponse::Ok().finish()
    }
    let app = || App::new().wrap(middleware("spawned")).route("/", web::get().to(handler));
    ask(ActixServer::start(app).await, "").await;
    let spans = spans_of("spawned", 5).await;
    for (span, parent) in [("work", "GET /"), ("task", "work"), ("thread", "work"), ("deep", "thread")] {
        assert_eq!(parent_name(&spans, span).as_deref(), Some(parent), "{span}");
    }
}

/// Their span ends with the answer's head.
#[tokio::test]
async fn below_the_other_middleware_a_streamed_answer_is_still_observed_to_its_end() {
    async fn streamed() -> HttpResponse {
        let chunks = stream::iter(["a", "b"]).then(|chunk| async move {
            info_span!("chunk").in_scope(|| observe::observe("token").start().end());
            Ok::<_, actix_web::Error>(Bytes::from(chunk))
        });
        HttpResponse::Ok().streaming(chunks)
    }
    let app = || {
        App::new()
            .wrap(middleware("streamed"))
            .wrap(RequestTracing::new())
            .route("/", web::get().to(streamed))
    };
    ask(ActixServer::start(app).await, "").await;
    let spans = spans_of("streamed", 6).await;
    let (theirs, ours) = both(&spans);
    assert!(is_below(ours, theirs) && ours.end_time >= theirs.end_time);
    let chunks: Vec<_> = spans.iter().filter(|span| span.name == "chunk").collect();
    assert!(chunks.len() == 2 && chunks.iter().all(|chunk| is_below(chunk, ours)));
    for token in spans.iter().filter(|span| span.name == "token") {
        assert!(chunks.iter().any(|chunk| is_below(token, chunk)));
    }
}
