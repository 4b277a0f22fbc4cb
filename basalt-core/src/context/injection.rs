//! What the next span of a known instrumentation library is to say.

use serde::Serialize;

use opentelemetry::KeyValue;

use crate::{PromptRef, capture::Content, metadata::Metadata, payload::Tree, semconv::basalt};

/// Data for a span that somebody else opens: the next one, in this trace, of an instrumentation library that
/// Basalt knows, such as a client of a model. Spans of other libraries, and our own, do not take it.
///
/// ```
/// use basalt_core::{context::Injection, observe};
///
/// observe::inject(Injection::new().input("why?").metadata("attempt", 1));
/// // … now call the instrumented client …
/// ```
#[derive(Debug, Clone, Default)]
pub struct Injection {
    input: Tree,
    output: Tree,
    variables: Tree,
    metadata: Metadata,
    prompt: Option<PromptRef>,
}

impl Injection {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The input. Content. Defaults to none.
    #[must_use]
    pub fn input(mut self, value: impl Serialize) -> Self {
        self.input = Tree::of(&value);
        self
    }

    /// The output. Content. Defaults to none.
    #[must_use]
    pub fn output(mut self, value: impl Serialize) -> Self {
        self.output = Tree::of(&value);
        self
    }

    /// The variables. Content. Defaults to none.
    #[must_use]
    pub fn variables(mut self, object: impl Serialize) -> Self {
        self.variables = Tree::of(&object);
        self
    }

    /// One key of the metadata. Defaults to none.
    #[must_use]
    pub fn metadata(mut self, key: impl Into<String>, value: impl Serialize) -> Self {
        self.metadata.insert(key, &value);
        self
    }

    /// The prompt that is used. Defaults to the one in scope.
    #[must_use]
    pub fn prompt(mut self, prompt: PromptRef) -> Self {
        self.prompt = Some(prompt);
        self
    }

    /// Whether it names a prompt, which then stands instead of the one in scope.
    pub(crate) fn has_prompt(&self) -> bool {
        self.prompt.is_some()
    }

    /// Hands over one attribute after the other.
    pub(crate) fn write(self, content: Content, attribute: &mut impl FnMut(KeyValue)) {
        let payloads =
            [(basalt::INPUT, self.input), (basalt::OUTPUT, self.output), (basalt::VARIABLES, self.variables)];
        for (key, value) in payloads {
            if let Some(payload) = content.kept(&value) {
                attribute(KeyValue::new(key, payload.value));
            }
        }
        if let Some(payload) = self.metadata.payload(content.limit) {
            attribute(KeyValue::new(basalt::METADATA, payload.value));
        }
        for (key, payload) in self.prompt.iter().flat_map(|prompt| prompt.attributes(content)) {
            attribute(KeyValue::new(key, payload.value));
        }
    }
}
