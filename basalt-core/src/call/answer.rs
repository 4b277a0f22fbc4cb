//! What a model's answer tells, by the names of its fields.

use serde::Serialize;
use serde_json::Value;

use crate::{
    SpanHandle, Tokens,
    payload::Tree,
    span::{Generation, Span},
};

/// Writes an answer onto the span of a generation. Source: the official SDKs.
pub(super) fn write(step: &SpanHandle, result: &impl Serialize) {
    if !step.is_live() {
        return;
    }
    let answer = Tree::of(result).value;
    match completion(&answer) {
        Some(completion) => Span::<Generation>::new(step.clone()).set_completion(completion),
        None => step.set_output(result),
    }
    step.set_tokens(tokens(&answer));
}

fn completion(answer: &Value) -> Option<&str> {
    let places = ["", "/choices/0/message/content", "/choices/0/text", "/completion", "/output"];
    places.into_iter().find_map(|place| answer.pointer(place)?.as_str())
}

fn tokens(answer: &Value) -> Tokens {
    let count = |places: [&str; 2]| places.into_iter().find_map(|place| answer.pointer(place)?.as_u64());
    Tokens {
        input: count(["/usage/prompt_tokens", "/usage/input_tokens"]),
        output: count(["/usage/completion_tokens", "/usage/output_tokens"]),
    }
}
