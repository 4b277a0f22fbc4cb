//! Functions that the macros observe stay what they were, and say what they did.

use std::{
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use basalt_tests::observed::{attribute, named, recording};
use basalt_tower::{
    Basalt, Identity, observe, opentelemetry::trace::Status, start_observe, testing::Recorder,
};
use futures_util::{Stream, StreamExt, stream};
use serde::{Serialize, Serializer};

/// What async work leaves under a root.
async fn recorded<Fut: Future>(work: impl FnOnce() -> Fut) -> Recorder {
    let (basalt, recorder) = recording();
    basalt.start_observe("macros", "root").run(|_| async { work().await }).await;
    basalt.shutdown().await.unwrap();
    recorder
}

fn text(recorder: &Recorder, span: &str, key: &str) -> Option<String> {
    recorder.value(span, key).map(|value| value.to_string())
}

const INPUT: &str = "basalt.span.input";
const OUTPUT: &str = "basalt.span.output";

#[observe]
fn early(number: i8) -> Result<i8, String> {
    if number > 100 {
        return Ok(100);
    }
    let double = number.checked_mul(2).ok_or("too big")?;
    Ok(double)
}

#[tokio::test]
async fn early_returns_and_question_marks_leave_the_function_and_not_the_span() {
    let recorder = recorded(|| async {
        assert_eq!(early(101), Ok(100));
        assert_eq!(early(21), Ok(42));
        assert_eq!(early(99), Err("too big".to_owned()));
    })
    .await;
    let spans = recorder.spans();
    let outputs: Vec<_> = spans.iter().filter_map(|span| attribute(span, OUTPUT)).collect();
    assert_eq!(outputs, ["100", "42", r#"{"error":"Exception occurred"}"#]);
    assert_eq!(spans[2].status, Status::error("too big"));
    assert_eq!(spans[2].events.len(), 1);
}

#[observe]
async fn sleepy(words: &[&str]) -> usize {
    tokio::task::yield_now().await;
    inner(words.len()).await
}

#[observe(name = "counted")]
async fn inner(length: usize) -> usize {
    length
}

#[tokio::test]
async fn an_async_function_is_observed_over_its_awaits_and_stays_send() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let recorder = recorded(|| async { assert_eq!(is_send(sleepy(&["a", "b"])).await, 2) }).await;
    let spans = recorder.spans();
    let (outer, inner) = (named(&spans, "sleepy"), named(&spans, "counted"));
    assert_eq!(inner.parent_span_id, outer.span_context.span_id());
    assert_eq!(attribute(outer, INPUT).as_deref(), Some(r#"{"words":["a","b"]}"#));
}

#[derive(Debug, Default)]
struct Shelf {
    books: Vec<String>,
}

impl Shelf {
    #[observe]
    fn first_mut(&mut self, default: String) -> &mut String {
        if self.books.is_empty() {
            self.books.push(default);
        }
        &mut self.books[0]
    }

    #[observe]
    fn longest<'a>(&'a self, other: &'a str) -> &'a str {
        self.books.iter().map(String::as_str).chain([other]).max_by_key(|book| book.len()).unwrap()
    }

    #[observe]
    async fn titles(&self) -> Vec<&str> {
        self.books.iter().map(String::as_str).collect()
    }

    #[observe]
    fn into_books(self) -> Vec<String> {
        self.books
    }
}

#[tokio::test]
async fn methods_keep_their_lifetimes_and_never_capture_self() {
    let recorder = recorded(|| async {
        let mut shelf = Shelf::default();
        shelf.first_mut("Emma".to_owned()).push('!');
        assert_eq!(shelf.longest("It"), "Emma!");
        assert_eq!(shelf.titles().await, ["Emma!"]);
        assert_eq!(shelf.into_books(), ["Emma!"]);
    })
    .await;
    assert_eq!(text(&recorder, "first_mut", INPUT).as_deref(), Some(r#"{"default":"Emma"}"#));
    assert_eq!(text(&recorder, "first_mut", OUTPUT).as_deref(), Some("Emma"));
    assert_eq!(text(&recorder, "longest", INPUT).as_deref(), Some(r#"{"other":"It"}"#));
    assert_eq!(text(&recorder, "titles", INPUT).as_deref(), Some("{}"));
    assert_eq!(text(&recorder, "into_books", OUTPUT).as_deref(), Some(r#"["Emma!"]"#));
}

struct Opaque;

#[observe]
fn serializable<T: Serialize>(value: T) -> T {
    value
}

#[observe]
fn whatever<T>(value: T, known: u8) -> (T, u8) {
    (value, known)
}

#[observe]
fn written(value: impl Serialize, opaque: &Opaque) {
    let _ = (value, opaque);
}

#[tokio::test]
async fn generic_arguments_are_captured_where_they_are_known_to_serialize() {
    let recorder = recorded(|| async {
        serializable([1, 2]);
        whatever(Opaque, 3);
        written("text", &Opaque);
    })
    .await;
    assert_eq!(text(&recorder, "serializable", INPUT).as_deref(), Some(r#"{"value":[1,2]}"#));
    assert_eq!(text(&recorder, "serializable", OUTPUT).as_deref(), Some("[1,2]"));
    assert_eq!(text(&recorder, "whatever", INPUT).as_deref(), Some(r#"{"known":3}"#));
    assert_eq!(text(&recorder, "whatever", OUTPUT), None);
    assert_eq!(text(&recorder, "written", INPUT).as_deref(), Some(r#"{"value":"text"}"#));
}

#[observe]
fn evens(limit: u32) -> impl Iterator<Item = u32> + Clone {
    (0..limit).step_by(2)
}

#[observe]
fn later(number: u8) -> impl Future<Output = Result<u8, String>> + Send {
    async move {
        tokio::task::yield_now().await;
        inner(1).await;
        if number == 0 { Err("zero".to_owned()) } else { Ok(number) }
    }
}

#[observe]
fn boxed<'a>(word: &'a str) -> Pin<Box<dyn Future<Output = &'a str> + Send + 'a>> {
    Box::pin(async move { word })
}

#[observe(output = "none")]
fn numbers(limit: u64) -> impl Stream<Item = u64> + Send {
    stream::iter(0..limit)
}

#[tokio::test]
async fn what_is_returned_as_a_future_or_a_stream_is_observed_to_its_end() {
    let recorder = recorded(|| async {
        assert_eq!(evens(5).collect::<Vec<_>>(), [0, 2, 4]);
        assert_eq!(later(0).await, Err("zero".to_owned()));
        assert_eq!(boxed("word").await, "word");
        assert_eq!(numbers(3).collect::<Vec<_>>().await, [0, 1, 2]);
    })
    .await;
    let spans = recorder.spans();
    let later = named(&spans, "later");
    assert_eq!(named(&spans, "counted").parent_span_id, later.span_context.span_id());
    assert_eq!(later.status, Status::error("zero"));
    assert_eq!(attribute(named(&spans, "boxed"), OUTPUT).as_deref(), Some("word"));
    let numbers = named(&spans, "numbers");
    assert_eq!(attribute(numbers, INPUT).as_deref(), Some(r#"{"limit":3}"#));
    assert_eq!(attribute(numbers, "basalt.span.cancelled"), None);
    assert_eq!(attribute(named(&spans, "evens"), OUTPUT), None);
}

#[async_trait]
trait Model: Sync {
    async fn complete(&self, prompt: &str) -> Result<String, std::io::Error>;

    #[observe(kind = "generation")]
    async fn shout(&self, prompt: &str) -> Result<String, std::io::Error> {
        Ok(self.complete(prompt).await?.to_uppercase())
    }
}

struct Echo;

#[async_trait]
impl Model for Echo {
    #[observe(kind = "generation")]
    async fn complete(&self, prompt: &str) -> Result<String, std::io::Error> {
        tokio::task::yield_now().await;
        Ok(prompt.to_owned())
    }
}

#[tokio::test]
async fn methods_of_an_async_trait_are_observed_whole() {
    let recorder = recorded(|| async {
        let model: &dyn Model = &Echo;
        assert_eq!(model.shout("hi").await.unwrap(), "HI");
    })
    .await;
    let spans = recorder.spans();
    let (outer, inner) = (named(&spans, "shout"), named(&spans, "complete"));
    assert_eq!(inner.parent_span_id, outer.span_context.span_id());
    assert_eq!(attribute(outer, OUTPUT).as_deref(), Some("HI"));
    assert_eq!(attribute(inner, INPUT).as_deref(), Some("hi"));
}

static EVALUATED: AtomicUsize = AtomicUsize::new(0);

fn once(value: u8) -> u8 {
    EVALUATED.fetch_add(1, Ordering::Relaxed);
    value
}

#[observe(input = once(1), variables = [("a", once(2))].into_iter().collect::<std::collections::BTreeMap<_, _>>(),
    output = once(*result), metadata(k = once(4)), identity = Identity::user(once(5).to_string()))]
fn evaluated() -> u8 {
    once(3)
}

#[tokio::test]
async fn every_expression_runs_once() {
    let recorder = recorded(|| async { evaluated() }).await;
    assert_eq!(EVALUATED.load(Ordering::Relaxed), 6);
    assert_eq!(text(&recorder, "evaluated", OUTPUT).as_deref(), Some("3"));
    assert_eq!(text(&recorder, "evaluated", "basalt.user.id").as_deref(), Some("5"));
}

#[observe(output = result.len())]
fn shadows(arguments: u8, call: u8, value: u8, result: Vec<u8>, (left, mut right): (u8, u8)) -> Vec<u8> {
    right += left;
    [result, vec![arguments, call, value, right]].concat()
}

#[tokio::test]
async fn no_name_of_an_argument_meets_one_of_the_macro() {
    let recorder =
        recorded(|| async { assert_eq!(shadows(1, 2, 3, vec![0], (4, 5)), [0, 1, 2, 3, 9]) }).await;
    let input = r#"{"arguments":1,"call":2,"left":4,"result":[0],"right":5,"value":3}"#;
    assert_eq!(text(&recorder, "shadows", INPUT).as_deref(), Some(input));
    assert_eq!(text(&recorder, "shadows", OUTPUT).as_deref(), Some("5"));
}

#[observe]
fn panics(reason: &str) -> u8 {
    panic!("{reason}");
}

#[observe]
async fn stalls() {
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_panic_goes_on_and_a_dropped_call_says_so() {
    let recorder = recorded(|| async {
        let panicked =
            tokio::task::spawn_blocking(basalt_tower::context::carry(|| panics("on purpose"))).await;
        assert!(panicked.unwrap_err().is_panic());
        assert!(futures_util::poll!(Box::pin(stalls())).is_pending());
    })
    .await;
    let spans = recorder.spans();
    assert_eq!(named(&spans, "panics").status, Status::error("panic: on purpose"));
    assert_eq!(attribute(named(&spans, "stalls"), "basalt.span.cancelled").as_deref(), Some("true"));
}

struct Reluctant;

impl Serialize for Reluctant {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("nobody asked");
    }
}

#[observe]
fn untouched(reluctant: Reluctant) -> Reluctant {
    reluctant
}

#[tokio::test]
async fn outside_a_trace_a_function_runs_and_nothing_is_captured() {
    untouched(Reluctant);
    let recorder = recorded(|| async { untouched(Reluctant) }).await;
    let spans = recorder.spans();
    assert!(attribute(named(&spans, "untouched"), "basalt.truncated").unwrap().contains(INPUT));
}

#[start_observe(feature_slug = "nightly", basalt = basalt, input = row, output = "sum", evaluators("tone"))]
async fn job(basalt: &Basalt, row: u8) -> Result<u8, String> {
    early(i8::try_from(row).map_err(|_| "no such row")?)?;
    Ok(row + 1)
}

#[tokio::test]
async fn each_call_of_a_root_is_a_trace_of_its_own() {
    let (basalt, recorder) = recording();
    assert_eq!(job(&basalt, 1).await, Ok(2));
    assert_eq!(job(&basalt, 200).await, Err("no such row".to_owned()));
    basalt.shutdown().await.unwrap();
    let spans = recorder.spans();
    let roots: Vec<_> = spans.iter().filter(|span| span.name == "job").collect();
    assert_ne!(roots[0].span_context.trace_id(), roots[1].span_context.trace_id());
    assert_eq!(attribute(roots[0], "basalt.span.feature_slug").as_deref(), Some("nightly"));
    assert_eq!(attribute(roots[0], INPUT).as_deref(), Some("1"));
    assert_eq!(attribute(roots[0], OUTPUT).as_deref(), Some(r#"{"sum":2}"#));
    assert_eq!(roots[1].status, Status::error("no such row"));
    assert_eq!(attribute(roots[1], OUTPUT), None);
}

#[start_observe(feature_slug = "nightly")]
fn installed() {
    let _ = early(1);
}

#[tokio::test]
async fn a_root_without_a_handle_belongs_to_the_process_default() {
    installed();
    let (basalt, recorder) = recording();
    basalt.install();
    installed();
    basalt.shutdown().await.unwrap();
    assert_eq!(recorder.spans().len(), 2);
}
