//! A model's answer is observed while it streams, however far it gets.

use basalt_tests::observed::{attribute, named, recording};
use basalt_tower::{Basalt, Chunk, Tokens, observe, opentelemetry::trace::Status, testing::Recorder};
use futures_util::{StreamExt, stream};
use opentelemetry_sdk::trace::SpanData;

enum Event {
    Text(&'static str),
    Usage(u64),
    End(&'static str),
}

fn read(event: &Event) -> Chunk<'_> {
    match event {
        Event::Text(text) => Chunk::text(text),
        Event::Usage(output) => Chunk::default().tokens(Tokens { input: Some(7), output: Some(*output) }),
        Event::End(reason) => Chunk::default().finish_reason(reason),
    }
}

fn events() -> Vec<Event> {
    vec![Event::Text("Be"), Event::Usage(1), Event::Text("cause."), Event::Usage(2), Event::End("length")]
}

async fn take(basalt: &Basalt, recorder: &Recorder, count: usize) -> SpanData {
    basalt
        .start_observe("chunks", "root")
        .run(|_| async move {
            let generation = observe::generation("answer").start();
            let mut chunks = generation.observe_chunks(stream::iter(events()), read);
            drop(generation);
            for _ in 0..count {
                let _ = chunks.next().await;
                observe::observe("outside").in_scope(|_| {});
            }
        })
        .await;
    basalt.shutdown().await.unwrap();
    named(&recorder.spans(), "answer").clone()
}

#[tokio::test]
async fn a_stream_that_ends_says_everything() {
    let (basalt, recorder) = recording();
    let span = take(&basalt, &recorder, 6).await;
    let says = |key| attribute(&span, key);
    assert_eq!(says("basalt.span.output").as_deref(), Some("Because."));
    assert_eq!(says("basalt.stream.chunks").as_deref(), Some("5"));
    assert_eq!(says("gen_ai.request.stream").as_deref(), Some("true"));
    assert_eq!(says("gen_ai.usage.input_tokens").as_deref(), Some("7"));
    assert_eq!(says("gen_ai.usage.output_tokens").as_deref(), Some("2"));
    assert_eq!(says("gen_ai.response.finish_reasons").as_deref(), Some(r#"["length"]"#));
    assert!(says("gen_ai.response.time_to_first_chunk").unwrap().parse::<f64>().unwrap() >= 0.0);
    assert!(says("gen_ai.output.messages").unwrap().contains(r#""finish_reason":"length""#));
    assert_eq!(says("basalt.span.cancelled"), None);
    let spans = recorder.spans();
    let outside = spans.iter().find(|span| span.name == "outside").unwrap();
    assert_eq!(outside.parent_span_id, named(&spans, "root").span_context.span_id());
}

#[tokio::test]
async fn a_stream_dropped_half_way_says_what_came_and_that_it_was_dropped() {
    let (basalt, recorder) = recording();
    let span = take(&basalt, &recorder, 2).await;
    let says = |key| attribute(&span, key);
    assert_eq!(says("basalt.span.output").as_deref(), Some("Be"));
    assert_eq!(says("basalt.stream.chunks").as_deref(), Some("2"));
    assert_eq!(says("gen_ai.usage.output_tokens").as_deref(), Some("1"));
    assert_eq!(says("gen_ai.response.finish_reasons"), None);
    assert_eq!(says("basalt.span.cancelled").as_deref(), Some("true"));
}

#[tokio::test]
async fn a_stream_that_is_never_polled_has_no_first_chunk() {
    let (basalt, recorder) = recording();
    let span = take(&basalt, &recorder, 0).await;
    let says = |key| attribute(&span, key);
    assert_eq!(says("basalt.stream.chunks").as_deref(), Some("0"));
    assert_eq!((says("basalt.span.output"), says("gen_ai.response.time_to_first_chunk")), (None, None));
    assert_eq!(says("basalt.span.cancelled").as_deref(), Some("true"));
}

#[tokio::test]
async fn what_is_kept_of_a_stream_is_bounded() {
    let recorder = Recorder::new();
    let basalt = Basalt::builder().exporter(recorder.clone()).max_payload_bytes(8).build().unwrap();
    basalt
        .start_observe("chunks", "root")
        .run(|_| async {
            let generation = observe::generation("answer").start();
            let chunks = stream::iter(std::iter::repeat_n("éé", 1_000));
            let chunks = generation.observe_chunks(chunks, |text| Chunk::text(text));
            assert_eq!(chunks.count().await, 1_000);
        })
        .await;
    basalt.shutdown().await.unwrap();
    let spans = recorder.spans();
    let span = named(&spans, "answer");
    assert_eq!(attribute(span, "basalt.span.output").as_deref(), Some("éééé"));
    assert_eq!(attribute(span, "basalt.stream.chunks").as_deref(), Some("1000"));
    assert!(attribute(span, "basalt.truncated").unwrap().contains("basalt.span.output"));
}

#[tokio::test]
async fn without_content_a_stream_still_has_its_figures() {
    let recorder = Recorder::new();
    let basalt = Basalt::builder().exporter(recorder.clone()).trace_content(false).build().unwrap();
    let span = take(&basalt, &recorder, 6).await;
    assert_eq!(attribute(&span, "basalt.span.output"), None);
    assert_eq!(attribute(&span, "gen_ai.output.messages"), None);
    assert_eq!(attribute(&span, "basalt.truncated"), None);
    assert_eq!(attribute(&span, "gen_ai.usage.output_tokens").as_deref(), Some("2"));
}

#[tokio::test]
async fn an_error_in_a_stream_marks_the_span_and_is_no_chunk() {
    let (basalt, recorder) = recording();
    basalt
        .start_observe("chunks", "root")
        .run(|_| async {
            let generation = observe::generation("answer").start();
            let chunks = stream::iter([Ok("Be"), Err("cut off".to_owned())]);
            let chunks = generation.observe_chunks(chunks, |chunk: &Result<&str, String>| match chunk {
                Ok(text) => Chunk::text(text),
                Err(error) => Chunk::error(error),
            });
            assert_eq!(chunks.count().await, 2);
        })
        .await;
    basalt.shutdown().await.unwrap();
    let spans = recorder.spans();
    let span = named(&spans, "answer");
    assert_eq!(span.status, Status::error("cut off"));
    assert_eq!(attribute(span, "basalt.stream.chunks").as_deref(), Some("1"));
    assert_eq!(attribute(span, "basalt.span.output").as_deref(), Some("Be"));
}
