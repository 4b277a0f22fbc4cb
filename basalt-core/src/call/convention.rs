//! What the names of arguments tell, by kind.

use serde_json::Value;

use super::Arguments;
use crate::{
    ObserveKind, SpanHandle,
    semconv::basalt,
    span::{Generation, Retrieval, Span},
};

/// Writes the arguments onto the span of a step. Source: the official SDKs.
pub(super) fn write(step: &SpanHandle, kind: ObserveKind, arguments: &Arguments) {
    let of_kind = match kind {
        ObserveKind::Generation => generation(step, arguments),
        ObserveKind::Retrieval => retrieval(step, arguments),
        _ => false,
    };
    if !of_kind {
        step.set_input(arguments.all());
    }
    if arguments.cut {
        step.record(|record| record.name_truncated(vec![basalt::INPUT.into()]));
    }
}

/// Whether the arguments have a prompt.
fn generation(step: &SpanHandle, arguments: &Arguments) -> bool {
    let span = Span::<Generation>::new(step.clone());
    variables(step, arguments, &["variables", "params", "context"]);
    if let Some(Value::String(model)) = arguments.first(&["model", "model_name"]) {
        span.set_model(model);
    }
    match arguments.first(&["prompt", "input", "inputs", "messages", "question"]) {
        None | Some(Value::Null) => return false,
        Some(Value::String(prompt)) => span.set_prompt(prompt),
        Some(prompt) => span.set_prompt(prompt.to_string()),
    }
    true
}

/// Whether the arguments have a query.
fn retrieval(step: &SpanHandle, arguments: &Arguments) -> bool {
    variables(step, arguments, &["filters", "metadata", "options"]);
    match arguments.first(&["query", "question", "text", "search"]) {
        None | Some(Value::Null) => return false,
        Some(Value::String(query)) => Span::<Retrieval>::new(step.clone()).set_query(query),
        Some(query) => step.set_input(query),
    }
    true
}

fn variables(step: &SpanHandle, arguments: &Arguments, names: &[&str]) {
    if let Some(Value::Object(variables)) = arguments.first(names) {
        step.set_variables(variables);
    }
}
