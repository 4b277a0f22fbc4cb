//! Values of any kind never fail their caller: what is left of them is recorded, and what is missing is named.

use std::{collections::BTreeMap, time::Duration};

use basalt_tests::observed::{attribute, recording};
use basalt_tower::{
    Message, ObserveKind, Part, Prepared, PromptRef, Tokens, context::Injection, observe, testing,
};
use serde::{
    Serialize, Serializer,
    ser::{self, SerializeMap},
};

#[test]
fn payloads_of_any_kind_never_fail_their_caller() {
    let (basalt, recorder) = recording();
    let root = basalt.start_observe("jobs", "job").start();
    root.set_input("é".repeat(10_000_000));
    root.set_output(f64::NAN);
    root.set_metadata("no object");
    root.set_attribute("list", vec![f64::INFINITY]);
    root.add_evaluators(["", "  "]);
    root.end();
    basalt.flush_blocking(Duration::from_secs(10)).unwrap();
    let spans = recorder.spans();
    assert_eq!(attribute(&spans[0], "basalt.span.input").unwrap().len(), 65_536);
    assert_eq!(attribute(&spans[0], "basalt.span.output").as_deref(), Some("NaN"));
    assert_eq!(attribute(&spans[0], "list").as_deref(), Some("[null]"));
    assert_eq!(attribute(&spans[0], "basalt.metadata"), None);
    assert_eq!(attribute(&spans[0], "basalt.span.evaluators"), None);
    let truncated = attribute(&spans[0], "basalt.truncated").unwrap();
    assert!(truncated.contains("basalt.span.input") && truncated.contains("basalt.metadata"));
}

/// Serializes without end.
struct Endless;

impl Serialize for Endless {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq([Endless])
    }
}

/// Fails half way, or worse.
struct Broken(fn());

impl Serialize for Broken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kept", &1)?;
        (self.0)();
        Err(ser::Error::custom("no"))
    }
}

#[test]
fn values_that_cannot_be_serialized_leave_what_is_left_and_are_named() {
    let recorder = testing::record(|root| {
        let broken: [fn(); 2] = [|| (), || panic!("on purpose")];
        for broken in broken {
            let step = root.child("broken").start();
            step.set_input(Broken(broken));
            step.set_output(Endless);
            step.set_metadata(Broken(broken));
            step.set_variables(Broken(broken));
            step.set_attribute("pairs", BTreeMap::from([((1, 2), 3)]));
            step.set_attribute("numbers", BTreeMap::from([(1, 2)]));
        }
        let prepared = Prepared::step("prepared").input(Endless).metadata("k", Broken(broken[1]));
        root.attach(prepared).prompt(PromptRef::new("p").variables(Broken(broken[1]))).start().end();
        observe::inject(Injection::new().input(Endless).metadata("k", Broken(broken[1])));
        root.generation("messages").start().set_input_messages(&[Message::call(Part::tool_call(
            None,
            "tool",
            Broken(broken[1]),
        ))]);
    })
    .unwrap();
    for span in recorder.spans().iter().filter(|span| span.name == "broken") {
        assert_eq!(attribute(span, "basalt.span.input").as_deref(), Some(r#"{"kept":1"#));
        assert!(attribute(span, "basalt.span.output").unwrap().starts_with("[[[["));
        assert_eq!(attribute(span, "numbers").as_deref(), Some(r#"{"1":2}"#));
        let truncated = attribute(span, "basalt.truncated").unwrap();
        for key in
            ["basalt.span.input", "basalt.span.output", "basalt.span.variables", "basalt.metadata", "pairs"]
        {
            assert!(truncated.contains(key), "{key} is not among {truncated}");
        }
    }
    assert_eq!(recorder.spans().len(), 5);
}

#[test]
fn what_is_said_after_the_end_is_ignored() {
    let recorder = testing::record(|root| {
        let step = root.generation("ended").start();
        step.end();
        step.set_input("late");
        step.set_prompt("late");
        step.set_tokens(Tokens { input: Some(1), output: None });
        step.set_error("late");
        step.add_event("late", Vec::new());
        step.end();
    })
    .unwrap();
    let span = &recorder.spans()[0];
    assert_eq!(attribute(span, "basalt.span.input"), None);
    assert_eq!(attribute(span, "gen_ai.usage.input_tokens"), None);
    assert!(span.events.is_empty());
}

#[test]
fn an_unknown_kind_is_refused_with_the_kinds_there_are() {
    let refused = "chat".parse::<ObserveKind>().unwrap_err().to_string();
    for kind in ["span", "generation", "retrieval", "function", "tool", "event"] {
        assert!(refused.contains(kind), "{refused}");
    }
}
