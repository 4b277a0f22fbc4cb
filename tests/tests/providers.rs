//! Providers side by side: ours, somebody's own with our processor in it, and a global one that is not ours. A binary
//! of its own, because the global one is the process's.

use basalt_tests::observed::{attribute, named, recording};
use basalt_tower::{
    opentelemetry::{
        global,
        trace::{Span as _, Tracer, TracerProvider},
    },
    testing::Recorder,
};
use opentelemetry_sdk::trace::{SdkTracerProvider, SimpleSpanProcessor};

#[tokio::test]
async fn providers_live_side_by_side_and_do_not_fight() {
    let (basalt, recorder) = recording();
    let (other, other_recorder) = recording();

    let foreign = Recorder::new();
    let foreign_provider =
        SdkTracerProvider::builder().with_span_processor(SimpleSpanProcessor::new(foreign.clone())).build();
    global::set_tracer_provider(foreign_provider.clone());

    // One that has its own exporter, and ours beside it.
    let own = Recorder::new();
    let own_provider = SdkTracerProvider::builder()
        .with_span_processor(SimpleSpanProcessor::new(own.clone()))
        .with_span_processor(basalt.span_processor().unwrap())
        .build();

    basalt.start_observe("web", "request").identity("u-1").in_scope(|_| {
        own_provider.tracer("own").start("query").end();
        global::tracer("foreign").start("foreign").end();
    });
    own_provider.tracer("own").start("outside").end();
    other.start_observe("jobs", "job").start().end();

    basalt.shutdown().await.unwrap();
    other.shutdown().await.unwrap();
    let spans = recorder.spans();
    assert_eq!(spans.len(), 3, "{spans:?}");
    let (root, query) = (named(&spans, "request"), named(&spans, "query"));
    assert_eq!(query.parent_span_id, root.span_context.span_id());
    assert_eq!(attribute(query, "basalt.user.id").as_deref(), Some("u-1"));
    assert_eq!(attribute(query, "basalt.span.feature_slug").as_deref(), Some("web"));
    assert_eq!(
        attribute(named(&spans, "outside"), "basalt.in_trace"),
        None,
        "outside a trace it is left alone"
    );
    assert_eq!(other_recorder.spans().len(), 1, "two of ours have nothing to do with one another");

    let names = |exporter: &Recorder| {
        exporter.spans().into_iter().map(|span| span.name.into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&own), ["query", "outside"]);
    assert_eq!(names(&foreign), ["foreign"]);
    own_provider.tracer("own").start("after").end();
    assert_eq!(basalt.health().queued, 0, "after `shutdown` nothing is taken any more");
}
