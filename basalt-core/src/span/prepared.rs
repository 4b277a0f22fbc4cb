//! A step that is described before its parent is known.

use std::marker::PhantomData;

use opentelemetry::Context;
use serde::Serialize;

use super::{Generation, Kind, Plain, SpanBuilder};
use crate::{PromptRef, SpanName, foreign, metadata::Metadata, payload::Tree};

/// A step without a parent: a client library describes its call with it, and whoever knows the request
/// attaches it, with [`RootSpan::attach`](super::RootSpan::attach) or
/// [`observe::attach`](crate::observe::attach).
///
/// ```
/// use basalt_core::{Prepared, PromptRef, observe};
///
/// let prepared = Prepared::generation("answer").prompt(PromptRef::new("qa").version("2")).input("why?");
/// // … later, inside a request …
/// let generation = observe::attach(prepared).model("gpt-5").start();
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is observed until it is attached and started"]
pub struct Prepared<K = Plain> {
    name: SpanName,
    input: Tree,
    metadata: Metadata,
    prompt: Option<PromptRef>,
    kind: PhantomData<fn() -> K>,
}

impl Prepared<Generation> {
    /// A call of a model.
    pub fn generation(name: impl Into<SpanName>) -> Self {
        Self::new(SpanName::given(name))
    }
}

impl Prepared<Plain> {
    /// Any step.
    pub fn step(name: impl Into<SpanName>) -> Self {
        Self::new(SpanName::given(name))
    }
}

impl<K: Kind> Prepared<K> {
    fn new(name: SpanName) -> Self {
        Self { name, input: Tree::default(), metadata: Metadata::default(), prompt: None, kind: PhantomData }
    }

    /// What the step is given, as [`SpanHandle::set_input`](super::SpanHandle::set_input). Content. Defaults to
    /// nothing.
    pub fn input(mut self, value: impl Serialize) -> Self {
        self.input = Tree::of(&value);
        self
    }

    /// One key of the metadata. Defaults to none.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Serialize) -> Self {
        self.metadata.insert(key, &value);
        self
    }

    /// The managed prompt that is used. Defaults to the one in scope where it is attached.
    pub fn prompt(mut self, prompt: impl AsRef<PromptRef>) -> Self {
        self.prompt = foreign::call(|| prompt.as_ref().clone()).or(self.prompt);
        self
    }

    pub(crate) fn under(self, parent: Context) -> SpanBuilder<K> {
        let name = self.name.clone();
        self.describe(SpanBuilder::under(parent, name))
    }

    pub(crate) fn here(self) -> SpanBuilder<K> {
        let name = self.name.clone();
        self.describe(SpanBuilder::here(name))
    }

    fn describe(&self, mut builder: SpanBuilder<K>) -> SpanBuilder<K> {
        builder = builder.with_input(&self.input);
        if let Some(prompt) = &self.prompt {
            builder = builder.prompt(prompt);
        }
        builder.with_metadata(&self.metadata)
    }
}
