//! Code of users that fails or panics while something is said of a span costs that word, and nothing else: not the
//! request, and not the process, when it happens inside a destructor.

use std::{
    borrow::Cow,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, RwLock, mpsc},
    time::Duration,
};

use basalt_core::{
    Basalt, Chunk, ContextValues, CostSource, Document, EvaluationRate, Evaluator, Experiment, FeatureSlug,
    Identify, Identity, Message, Observe, ObserveKind, Part, Prepared, PromptRef, RootSpan, SpanName,
    call::{Arguments, Call, Failure, JsonOutput, NamedFailure, Output},
    context::{self, Injection},
    observe::{self},
    opentelemetry::{Key, trace::Status},
};
use basalt_tests::observed::{attribute, named, recording};
use basalt_tower::observe as observed;
use futures_util::{FutureExt, StreamExt, stream};
use serde::{Serialize, Serializer};

/// Does what it is told, whatever is asked of it.
#[derive(Clone, Copy)]
enum Bad {
    Fails,
    Panics,
}

impl Bad {
    fn panics<T>(self) -> T {
        panic!("on purpose")
    }

    fn show(self) -> fmt::Result {
        match self {
            Self::Fails => Err(fmt::Error),
            Self::Panics => self.panics(),
        }
    }
}

impl fmt::Display for Bad {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.show()
    }
}

impl fmt::Debug for Bad {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.show()
    }
}

#[allow(deprecated)]
impl std::error::Error for Bad {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.panics()
    }

    fn description(&self) -> &str {
        self.panics()
    }
}

impl Serialize for Bad {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fails => Err(serde::ser::Error::custom("no")),
            Self::Panics => self.panics(),
        }
    }
}

impl AsRef<str> for Bad {
    fn as_ref(&self) -> &str {
        self.panics()
    }
}

impl AsRef<PromptRef> for Bad {
    fn as_ref(&self) -> &PromptRef {
        self.panics()
    }
}

impl Identify for Bad {
    fn identity(&self) -> Identity {
        self.panics()
    }
}

impl Iterator for Bad {
    type Item = Bad;

    fn next(&mut self) -> Option<Bad> {
        self.panics()
    }
}

macro_rules! converts {
    ($($type:ty),+) => {$(
        impl From<Bad> for $type {
            fn from(bad: Bad) -> Self {
                bad.panics()
            }
        }
    )+};
}

converts!(String, Cow<'static, str>, Key, SpanName, FeatureSlug, Identity, Experiment, EvaluationRate);

/// One way for code of users to be called.
type Entry = (&'static str, fn(&Basalt, &RootSpan, Bad));

macro_rules! entries {
    ($($name:literal: |$basalt:pat_param, $root:pat_param, $bad:ident| $work:expr;)+) => {
        const ENTRIES: &[Entry] = &[$(($name, |$basalt, $root, $bad| { let _ = $work; })),+];
    };
}

entries! {
    "set_input": |_, root, bad| root.set_input(bad);
    "set_output": |_, root, bad| root.set_output([bad]);
    "set_metadata": |_, root, bad| root.set_metadata(bad);
    "set_variables": |_, root, bad| root.child("s").start().set_variables(bad);
    "set_attribute": |_, root, bad| root.set_attribute("key", bad);
    "set_attribute by key": |_, root, bad| root.set_attribute(bad, 1);
    "set_identity": |_, root, bad| root.set_identity(bad);
    "set_identity of a step": |_, root, bad| root.child("s").start().set_identity(bad);
    "identify": |_, root, bad| root.identify(bad);
    "set_experiment": |_, root, bad| root.set_experiment(bad);
    "set_evaluation_rate": |_, root, bad| root.set_evaluation_rate(bad);
    "set_session": |_, root, bad| root.set_session(bad);
    "set_conversation": |_, root, bad| root.set_conversation(bad);
    "set_prompt_ref": |_, root, bad| root.set_prompt_ref(bad);
    "add_evaluators": |_, root, bad| root.add_evaluators([bad]);
    "add_evaluators of an iterator": |_, root, bad| root.add_evaluators(bad);
    "add_event": |_, root, bad| root.add_event(bad, Vec::new());
    "set_error": |_, root, bad| root.set_error(&bad);
    "set_error of a boxed error": |_, root, bad| root.set_error(&(Box::new(bad) as Box<dyn std::error::Error>));
    "set_model": |_, root, bad| root.set_model(bad);
    "set_response_model": |_, root, bad| root.set_response_model(bad);
    "set_provider": |_, root, bad| root.set_provider(bad);
    "set_operation": |_, root, bad| root.set_operation(bad);
    "set_response_id": |_, root, bad| root.set_response_id(bad);
    "set_finish_reasons": |_, root, bad| root.set_finish_reasons([bad]);
    "set_finish_reasons of an iterator": |_, root, bad| root.set_finish_reasons(bad);
    "child": |_, root, bad| root.child(bad).start();
    "generation": |_, root, bad| root.generation(bad).start();
    "retrieval": |_, root, bad| root.retrieval(bad).start();
    "input of a builder": |_, root, bad| root.child("s").input(bad).start();
    "metadata of a builder": |_, root, bad| root.child("s").metadata(bad, bad).start();
    "evaluators of a builder": |_, root, bad| root.child("s").evaluators(bad).start();
    "prompt of a builder": |_, root, bad| root.child("s").prompt(bad).start();
    "attribute of a builder": |_, root, bad| root.child("s").attribute("key", bad).attribute(bad, 1).start();
    "model of a builder": |_, root, bad| root.generation("s").model(bad).start();
    "prepared": |_, root, bad| root.attach(Prepared::step(bad).input(bad).metadata(bad, bad).prompt(bad)).start();
    "prepared generation": |_, root, bad| root.attach(Prepared::generation(bad)).start();
    "set_prompt": |_, root, bad| root.generation("s").start().set_prompt(bad);
    "set_completion": |_, root, bad| root.generation("s").start().set_completion(bad);
    "messages": |_, root, bad| root.generation("s").start().set_input_messages(&messages(bad));
    "set_query": |_, root, bad| root.retrieval("s").start().set_query(bad);
    "set_documents": |_, root, bad| root.retrieval("s").start().set_documents(&[Document::new(bad)]);
    "set_function_name": |_, root, bad| inside(root, || observe::function("s").in_scope(|s| s.set_function_name(bad)));
    "set_stage": |_, root, bad| inside(root, || observe::function("s").in_scope(|s| s.set_stage(bad)));
    "add_metric": |_, root, bad| inside(root, || observe::function("s").in_scope(|s| s.add_metric(bad, bad)));
    "set_tool_name": |_, root, bad| inside(root, || observe::tool("s").in_scope(|s| s.set_tool_name(bad)));
    "set_call_id": |_, root, bad| inside(root, || observe::tool("s").in_scope(|s| s.set_call_id(bad)));
    "set_arguments": |_, root, bad| inside(root, || observe::tool("s").in_scope(|s| s.set_arguments(bad)));
    "set_result": |_, root, bad| inside(root, || observe::tool("s").in_scope(|s| s.set_result(bad)));
    "set_event_type": |_, root, bad| inside(root, || observe::event("s").in_scope(|s| s.set_event_type(bad)));
    "set_payload": |_, root, bad| inside(root, || observe::event("s").in_scope(|s| s.set_payload(bad)));
    "observe": |_, root, bad| inside(root, || observe::observe(bad).start());
    "set_attributes": |_, root, bad| inside(root, || observe::set_attributes([(bad, bad)]));
    "observe::set_identity": |_, root, bad| inside(root, || observe::set_identity(bad));
    "inject": |_, root, bad| inside(root, || observe::inject(Injection::new().input(bad).metadata(bad, bad)));
    "trace": |_, root, bad| inside(root, || whole(bad));
    "start_observe": |basalt, _, bad| basalt.start_observe(bad, bad).start();
    "options of a root": |basalt, _, bad| basalt.start_observe("f", "r").identity(bad).experiment(bad)
        .evaluation_rate(bad).evaluators(bad).metadata(bad, bad).start();
    "try_run": |basalt, _, bad| basalt.start_observe("f", "r").try_run(|_| async { Err::<(), _>(bad) })
        .now_or_never().unwrap().unwrap_err();
    "try_run of a step": |_, root, bad| root.child("s").try_run(|_| async { Err::<(), _>(bad) })
        .now_or_never().unwrap().unwrap_err();
    "with_evaluators": |_, root, bad| inside(root, || context::with_evaluators(bad, async {}).now_or_never());
    "with_prompt": |_, root, bad| inside(root, || context::with_prompt(bad, async {}).now_or_never());
    "context values": |_, _, bad| ContextValues::new().identity(bad).session(bad).conversation(bad).metadata(bad, bad);
    "identities": |_, _, bad| Identity::user(bad).named(bad).organization(bad).organization_named(bad);
    "prompts": |_, _, bad| PromptRef::new(bad).version(bad).tag(bad).model(bad, bad).variables(bad);
    "experiments": |_, _, bad| (Experiment::new(bad).is_err(), Experiment::new("e").unwrap().named(bad).for_feature(bad));
    "checked names": |_, _, bad| (FeatureSlug::new(bad).is_err(), SpanName::new(bad).is_err(), Evaluator::new(bad).is_err());
    "observe_chunks": |_, root, bad| chunks(root, |_| bad.panics());
    "an error among chunks": |_, root, bad| chunks(root, move |_| Chunk::error(Box::leak(Box::new(bad))));
    "a call": |_, root, bad| inside(root, || call(bad));
    "a function that fails": |_, root, bad| inside(root, || fails(bad).unwrap_err());
    "an argument by Debug": |_, root, bad| inside(root, || shown(bad));
    "an error by Debug": |_, root, bad| inside(root, || fails_by_debug(bad).unwrap_err());
    "cost": |_, root, _bad| root.set_cost(f64::NAN, CostSource::Provider);
}

fn messages(bad: Bad) -> [Message; 2] {
    [
        Message::user(bad).part(Part::tool_call(None, bad, bad)).finish_reason(bad),
        Message::system(bad).part(Part::uri(bad, bad)).part(Part::tool_response(None, bad)),
    ]
}

fn inside<R>(root: &RootSpan, work: impl FnOnce() -> R) -> R {
    async { work() }.observed(root).now_or_never().unwrap()
}

fn whole(bad: Bad) {
    let trace = observe::trace();
    trace.set_input(bad);
    trace.set_output(bad);
    trace.set_metadata(bad);
    trace.set_identity(bad);
    trace.set_experiment(bad);
    trace.set_session(bad);
    trace.set_conversation(bad);
}

fn chunks(root: &RootSpan, read: impl FnMut(&u8) -> Chunk<'_>) {
    let generation = root.generation("s").start();
    let seen = generation.observe_chunks(stream::iter([1_u8, 2]), read).collect::<Vec<_>>();
    assert_eq!(seen.now_or_never().unwrap(), [1, 2], "the chunks themselves are passed on");
}

fn call(bad: Bad) {
    let call = Call::step(observe::observe("s").kind(ObserveKind::Generation));
    call.arguments(|arguments: &mut Arguments| {
        arguments.add("one", &bad);
        arguments.add_debug("two", &bad);
    });
    call.input(bad);
    call.variables(bad);
    call.identity(bad);
    call.returned(&bad);
    call.output(bad);
    call.failed(&bad);
    (&Output(&bad)).record(&call);
    (&Failure(&bad)).record(&call);
}

#[observed]
fn fails(bad: Bad) -> Result<u8, Bad> {
    Err(bad)
}

#[observed(err = "debug")]
fn fails_by_debug(bad: Bad) -> Result<u8, Bad> {
    Err(bad)
}

#[observed(debug(bad))]
fn shown(bad: Bad) -> u8 {
    let _ = bad;
    1
}

/// Panics on purpose are not shown.
fn quiet() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.payload().downcast_ref::<&str>();
        if !text.is_some_and(|text| ["on purpose", "the handler's own"].contains(text)) {
            usual(panic);
        }
    }));
}

/// Says something when it is dropped.
struct Guard<'a>(&'a Basalt, &'a RootSpan, Entry, Bad);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        (self.2.1)(self.0, self.1, self.3);
    }
}

#[test]
fn whatever_is_said_of_a_span_fails_no_caller_and_aborts_in_no_destructor() {
    quiet();
    let (basalt, recorder) = recording();
    let before = basalt.health().failed_values;
    for bad in [Bad::Fails, Bad::Panics] {
        for entry in ENTRIES {
            let root = basalt.start_observe("f", "root").start();
            let plainly = catch_unwind(AssertUnwindSafe(|| (entry.1)(&basalt, &root, bad)));
            assert!(plainly.is_ok(), "{} goes through", entry.0);
            let unwinding = catch_unwind(AssertUnwindSafe(|| {
                let _guard = Guard(&basalt, &root, *entry, bad);
                panic!("the handler's own");
            }));
            let panic = unwinding.unwrap_err();
            assert_eq!(panic.downcast_ref::<&str>(), Some(&"the handler's own"), "{}", entry.0);
        }
    }
    basalt.shutdown_blocking().unwrap();
    let roots = recorder.spans().iter().filter(|span| span.name == "root").count();
    assert_eq!(roots, 2 * ENTRIES.len(), "every root has ended");
    assert!(basalt.health().failed_values >= before + ENTRIES.len() as u64, "failures are counted");
}

#[test]
fn an_error_that_cannot_be_shown_is_returned_and_marks_its_span() {
    let (basalt, recorder) = recording();
    let root = basalt.start_observe("f", "root").start();
    inside(&root, || assert!(fails(Bad::Fails).is_err()));
    inside(&root, || assert_eq!(shown(Bad::Fails), 1));
    root.end();
    basalt.shutdown_blocking().unwrap();
    let spans = recorder.spans();
    assert_eq!(named(&spans, "fails").status, Status::error("[failed to format]"));
    assert_eq!(
        attribute(named(&spans, "shown"), "basalt.span.input").as_deref(),
        Some(r#"{"bad":"[failed to format]"}"#)
    );
}

#[test]
fn an_error_of_any_length_is_never_built_whole() {
    struct Long;
    impl fmt::Display for Long {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            (0..100_000).try_for_each(|_| f.write_str(&"é".repeat(500)))
        }
    }
    let (basalt, recorder) = recording();
    let root = basalt.start_observe("f", "root").start();
    let memory = allocation_counter::measure(|| root.set_error(&Long));
    assert!(memory.bytes_max < 1024 * 1024, "{} bytes", memory.bytes_max);
    root.end();
    basalt.shutdown_blocking().unwrap();
    let spans = recorder.spans();
    let Status::Error { description } = &spans[0].status else { panic!("it has failed") };
    assert_eq!(description.len(), 65_536);
    assert!(attribute(&spans[0], "basalt.truncated").unwrap().contains("exception.message"));
}

/// Whether something is done at all.
fn soon<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (done, waiting) = mpsc::channel();
    std::thread::spawn(move || done.send(work()));
    waiting.recv_timeout(Duration::from_secs(60)).ok()
}

#[observed]
fn can_lock(shared: &Mutex<Vec<u8>>, other: &RwLock<u8>) -> bool {
    shared.try_lock().is_ok() || other.try_write().is_ok()
}

#[test]
fn locks_among_arguments_and_inputs_are_not_waited_for() {
    #[derive(Serialize)]
    struct State<'a> {
        shared: &'a Mutex<Vec<u8>>,
    }

    let done = soon(|| {
        let (basalt, recorder) = recording();
        let (shared, other) = (Mutex::new(vec![1]), RwLock::new(1));
        let (held, written) = (shared.lock().unwrap(), other.write().unwrap());
        let root = basalt.start_observe("f", "root").start();
        assert!(!inside(&root, || can_lock(&shared, &other)), "the function itself never waits");
        root.set_input(&shared);
        root.set_output(State { shared: &shared });
        drop((held, written));
        root.end();
        basalt.shutdown_blocking().unwrap();
        let input = |span| recorder.value(span, "basalt.span.input").unwrap().to_string();
        assert_eq!(input("can_lock"), r#"{"other":"[lock]","shared":"[lock]"}"#);
        assert_eq!(input("root"), "[lock]");
        assert_eq!(recorder.value("root", "basalt.span.output").unwrap().as_str(), r#"{"shared":"[lock]"}"#);
    });
    assert_eq!(done, Some(()));
}

#[test]
fn endless_iterators_are_taken_as_far_as_the_limit() {
    let (basalt, recorder) = recording();
    let root = basalt.start_observe("f", "root").start();
    root.add_evaluators(std::iter::repeat("tone"));
    root.set_finish_reasons(std::iter::repeat("stop"));
    inside(&root, || observe::set_attributes(std::iter::repeat(("key", 1))));
    root.end();
    basalt.shutdown_blocking().unwrap();
    assert_eq!(recorder.value("root", "basalt.span.evaluators").unwrap().to_string(), r#"["tone"]"#);
}
