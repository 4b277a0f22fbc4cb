//! Whatever is said of a span, of any length and in any number, it reaches a collector, cut, and says so.

use std::{collections::BTreeMap, time::Duration};

use basalt_core::Protocol;
use basalt_tests::{collector::Collector, observed::recording};
use basalt_tower::{
    Experiment, PromptRef, RootSpan, observe,
    opentelemetry::{
        Array, Context, KeyValue, Value,
        trace::{SpanContext, SpanRef, Status, TraceContextExt, Tracer, TracerProvider},
    },
};
use opentelemetry_sdk::trace::SpanData;

const LIMIT: usize = 64 * 1024;

fn long() -> String {
    "é".repeat(5 << 19)
}

fn texts() -> Value {
    Value::Array(Array::String((0..1 << 17).map(|number| number.to_string().into()).collect()))
}

fn numbers() -> Value {
    Value::Array(Array::I64(vec![7; 1 << 20]))
}

/// What is cut, and how it is said, through our handles or through OpenTelemetry.
type Say = (&'static str, fn(&RootSpan, SpanRef<'_>));

const SAY: &[Say] = &[
    ("status", |root, _| root.set_error(&long())),
    ("exception.message", |root, _| root.set_error(&long())),
    ("status", |_, span| span.set_status(Status::error(long()))),
    ("name", |_, span| span.update_name(long())),
    ("name", |root, _| root.add_event(long(), Vec::new())),
    ("k", |root, _| root.add_event("event", vec![KeyValue::new("k", long())])),
    ("k", |_, span| span.add_event("event", vec![KeyValue::new("k", texts())])),
    ("k", |_, span| span.add_link(SpanContext::NONE, vec![KeyValue::new("k", numbers())])),
    ("k", |root, _| root.set_attribute("k", long())),
    ("k", |_, span| span.set_attribute(KeyValue::new("k", long()))),
    ("k", |_, span| span.set_attribute(KeyValue::new("k", texts()))),
    ("k", |_, span| span.set_attribute(KeyValue::new("k", numbers()))),
    ("gen_ai.response.finish_reasons", |root, _| root.set_finish_reasons([long()])),
    ("basalt.span.evaluators", |root, _| root.add_evaluators((0..100_000).map(|number| number.to_string()))),
    ("basalt.metadata", |root, _| {
        let say = |key: u8| root.set_metadata(BTreeMap::from([(key.to_string(), "x".repeat(60_000))]));
        (0..40).for_each(say);
    }),
    ("basalt.prompt.version", |root, _| root.set_prompt_ref(PromptRef::new("p").version(long()))),
    ("basalt.user.id", |root, _| root.set_identity(&*long())),
    ("session.id", |root, _| root.set_session(long())),
    ("gen_ai.conversation.id", |root, _| root.set_conversation(long())),
    ("basalt.experiment.name", |root, _| root.set_experiment(Experiment::new("e").unwrap().named(long()))),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_span_of_which_too_much_is_said_is_delivered_and_names_what_was_cut() {
    let collector = Collector::start().await;
    let basalt = collector.builder(Protocol::Grpc).max_queue_bytes(2 << 20).build().unwrap();
    for (_, say) in SAY {
        let context = |root: &RootSpan| say(root, Context::current().span());
        basalt.start_observe("f", "root").in_scope(context);
        basalt.flush(Duration::from_secs(30)).await.unwrap();
    }
    let spans = collector.spans();
    assert_eq!(spans.len(), SAY.len());
    for (span, (what, _)) in spans.iter().zip(SAY) {
        let names = format!("{:?}", span.attribute("basalt.truncated"));
        assert!(names.contains(&format!("{what:?}")), "{what}: {names}");
    }
    assert!(collector.batches().iter().all(|batch| batch.bytes < 1 << 20));
    collector.stop().await;
}

fn bytes(span: &SpanData) -> usize {
    format!("{span:?}").len()
}

#[tokio::test]
async fn the_spans_of_other_libraries_are_cut_as_ours() {
    let (basalt, recorder) = recording();
    let tracer = basalt.tracer_provider().unwrap().tracer("other");
    let mut span = tracer.start(long());
    basalt_tower::opentelemetry::trace::Span::set_attributes(&mut span, [KeyValue::new("k", texts())]);
    basalt_tower::opentelemetry::trace::Span::set_status(&mut span, Status::error(long()));
    basalt_tower::opentelemetry::trace::Span::add_event(&mut span, long(), vec![KeyValue::new("l", long())]);
    drop(span);
    basalt.flush(Duration::from_secs(30)).await.unwrap();
    let span = &recorder.spans()[0];
    assert!(span.name.len() <= LIMIT && bytes(span) < 16 * LIMIT, "{}", bytes(span));
    let names = recorder.value(&span.name, "basalt.truncated").unwrap();
    for name in ["k", "l", "name", "status"] {
        assert!(names.as_str().contains(&format!("{name:?}")), "{names}");
    }
}

#[test]
fn a_span_takes_little_memory_however_long_its_error_is() {
    let (basalt, recorder) = recording();
    for _ in 0..15 {
        basalt.start_observe("f", "root").in_scope(|root| root.set_error(&"e".repeat(20 << 20)));
    }
    basalt.flush_blocking(Duration::from_secs(30)).unwrap();
    let spans = recorder.spans();
    assert_eq!(spans.len(), 15);
    assert!(spans.iter().all(|span| bytes(span) < 4 * LIMIT));
}

#[test]
fn of_many_attributes_as_many_are_kept_as_opentelemetry_allows_and_what_basalt_says_is_among_them() {
    let (basalt, recorder) = recording();
    basalt.start_observe("f", "root").in_scope(|root| {
        for number in 0..16_000 {
            root.set_attribute(format!("key {number}"), number);
        }
        root.set_input("asked");
        root.set_output("answered");
        observe::set_identity("u-1");
    });
    basalt.flush_blocking(Duration::from_secs(30)).unwrap();
    let span = &recorder.spans()[0];
    let kept = span.attributes.iter().filter(|attribute| attribute.key.as_str().starts_with("key ")).count();
    assert_eq!(span.attributes.len(), 128);
    assert_eq!(span.dropped_attributes_count as usize, 16_000 - kept);
    for key in ["basalt.span.input", "basalt.span.output", "basalt.span.kind", "basalt.user.id", "key 0"] {
        assert!(recorder.value("root", key).is_some(), "{key}");
    }
}
