//! Steps below whatever is active, and the active span itself.
//!
//! Everything here finds its trace through the OpenTelemetry context. Outside a trace nothing happens: the
//! work runs, nothing is recorded, nothing fails.
//!
//! ```
//! use basalt_core::{Tokens, observe};
//!
//! # struct Reply { text: String, tokens: Tokens }
//! # async fn llm(_: &str) -> Result<Reply, std::io::Error> { Ok(Reply { text: String::new(), tokens: Tokens::default() }) }
//! # async fn handler() -> Result<(), std::io::Error> {
//! let reply = observe::generation("answer")
//!     .model("gpt-5")
//!     .try_run(|span| async move {
//!         let reply = llm("why?").await?;
//!         span.set_tokens(reply.tokens);
//!         span.set_completion(&reply.text);
//!         Ok::<_, std::io::Error>(reply)
//!     })
//!     .await?;
//! observe::current().set_output(&reply.text);
//! # Ok(()) }
//! ```

use std::{borrow::Cow, fmt};

use opentelemetry::{Key, KeyValue};
use serde::Serialize;

use crate::{
    Identity, PromptRef, SpanName,
    context::{Injection, Scope},
    current, foreign,
    span::{
        Event, Function, Generation, Kind, Plain, Prepared, Retrieval, SpanBuilder, SpanHandle, Tokens, Tool,
        TraceHandle,
    },
};

/// Any step. A blank name becomes `unnamed`.
pub fn observe(name: impl Into<SpanName>) -> SpanBuilder<Plain> {
    under(name)
}

/// A call of a model.
pub fn generation(name: impl Into<SpanName>) -> SpanBuilder<Generation> {
    under(name)
}

/// A search.
pub fn retrieval(name: impl Into<SpanName>) -> SpanBuilder<Retrieval> {
    under(name)
}

/// A computation.
pub fn function(name: impl Into<SpanName>) -> SpanBuilder<Function> {
    under(name)
}

/// A tool that a model has called.
pub fn tool(name: impl Into<SpanName>) -> SpanBuilder<Tool> {
    under(name)
}

/// Something that happened.
pub fn event(name: impl Into<SpanName>) -> SpanBuilder<Event> {
    under(name)
}

/// A step that was prepared before its parent was known, below whatever is active.
pub fn attach<K: Kind>(prepared: Prepared<K>) -> SpanBuilder<K> {
    prepared.here()
}

fn under<K: Kind>(name: impl Into<SpanName>) -> SpanBuilder<K> {
    SpanBuilder::here(SpanName::given(name))
}

/// The active span, whoever opened it: what code that is called can say of the step it is part of.
///
/// ```
/// use basalt_core::observe;
///
/// fn parse(text: &str) -> usize {
///     observe::current().set_attribute("lines", text.lines().count());
///     text.len()
/// }
/// ```
#[must_use]
pub fn current() -> SpanHandle {
    SpanHandle::of(current::context())
}

/// The trace that runs here, whatever span is active: what is said of it goes to the request, or to the
/// outermost root.
///
/// ```
/// use basalt_core::observe;
///
/// fn deep_inside(answer: &str) {
///     observe::trace().set_output(answer);
/// }
/// ```
#[must_use]
pub fn trace() -> TraceHandle {
    TraceHandle::of(&current::context())
}

/// [`SpanHandle::set_input`] of the active span.
pub fn set_input(value: impl Serialize) {
    current().set_input(value);
}

/// [`SpanHandle::set_output`] of the active span.
pub fn set_output(value: impl Serialize) {
    current().set_output(value);
}

/// [`SpanHandle::set_variables`] of the active span.
pub fn set_variables(object: impl Serialize) {
    current().set_variables(object);
}

/// [`SpanHandle::set_metadata`] of the active span.
pub fn set_metadata(object: impl Serialize) {
    current().set_metadata(object);
}

/// [`SpanHandle::set_identity`] of the active span alone; [`trace`] says it of all.
pub fn set_identity(identity: impl Into<Identity>) {
    current().set_identity(identity);
}

/// [`SpanHandle::identify`] of the active span.
pub fn identify(identity: impl Into<Identity>) {
    current().identify(identity);
}

/// [`SpanHandle::set_attribute`] of the active span.
pub fn set_attribute(key: impl Into<Key>, value: impl Serialize) {
    current().set_attribute(key, value);
}

/// Several attributes of the active span.
pub fn set_attributes<K: Into<Key>, V: Serialize>(attributes: impl IntoIterator<Item = (K, V)>) {
    let span = current();
    // Far more than a span keeps: it counts what it drops.
    let _ = foreign::each(attributes, |(key, value)| span.set_attribute(key, value));
}

/// [`SpanHandle::set_model`] of the active span.
pub fn set_model(model: impl Into<String>) {
    current().set_model(model);
}

/// [`SpanHandle::set_tokens`] of the active span.
pub fn set_tokens(tokens: Tokens) {
    current().set_tokens(tokens);
}

/// [`SpanHandle::set_prompt_ref`] of the active span.
pub fn set_prompt_ref(prompt: &PromptRef) {
    current().set_prompt_ref(prompt);
}

/// [`SpanHandle::add_evaluators`] of the active span.
pub fn add_evaluators<S: AsRef<str>>(slugs: impl IntoIterator<Item = S>) {
    current().add_evaluators(slugs);
}

/// [`SpanHandle::add_event`] of the active span.
pub fn add_event(name: impl Into<Cow<'static, str>>, attributes: Vec<KeyValue>) {
    current().add_event(name, attributes);
}

/// [`SpanHandle::set_error`] of the active span.
pub fn set_error<E: fmt::Display + ?Sized>(error: &E) {
    current().set_error(error);
}

/// Prepares data for the next span, in this trace, of an instrumentation library that Basalt knows. Data that
/// still waits is replaced.
pub fn inject(injection: Injection) {
    let trace = current::map(|context| Scope::trace_of(context).cloned());
    if let Some(trace) = trace {
        trace.prepare(injection);
    }
}
