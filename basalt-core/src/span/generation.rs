//! A call of a model: its prompt and its completion.

use super::{
    Span, SpanBuilder,
    kind::{Kind, sealed::Sealed},
};
use crate::{Message, ObserveKind, foreign, semconv::gen_ai};

/// A call of a model: the kind that [`observe::generation`](crate::observe::generation) opens.
#[derive(Debug, Clone, Copy)]
pub struct Generation;

impl Kind for Generation {
    const KIND: ObserveKind = ObserveKind::Generation;
}

impl Sealed for Generation {}

impl Span<Generation> {
    /// The prompt: the span's input, and one user message (`gen_ai.input.messages`, JSON). Content.
    ///
    /// ```
    /// # fn work(span: &basalt_core::Span<basalt_core::Generation>) {
    /// span.set_prompt("Say why, in one sentence.");
    /// # }
    /// ```
    pub fn set_prompt(&self, prompt: impl AsRef<str>) {
        let prompt = foreign::call(|| prompt.as_ref()).unwrap_or(foreign::FAILED);
        self.set_input(prompt);
        self.set_content(gen_ai::INPUT_MESSAGES, &[Message::user(prompt)]);
    }

    /// The completion: the span's output, and one assistant message (`gen_ai.output.messages`, JSON). Content.
    ///
    /// ```
    /// # fn work(span: &basalt_core::Span<basalt_core::Generation>) {
    /// span.set_completion("Because.");
    /// # }
    /// ```
    pub fn set_completion(&self, completion: impl AsRef<str>) {
        let completion = foreign::call(|| completion.as_ref()).unwrap_or(foreign::FAILED);
        self.set_output(completion);
        let message = Message::assistant(completion).finish_reason("stop");
        self.set_content(gen_ai::OUTPUT_MESSAGES, &[message]);
    }
}

impl Span<Generation> {
    /// The messages sent (`gen_ai.input.messages`, JSON), with their roles and parts: the span's input too.
    /// Content.
    ///
    /// ```
    /// # use basalt_core::Message;
    /// # fn work(span: &basalt_core::Span<basalt_core::Generation>) {
    /// span.set_input_messages(&[Message::system("Be brief."), Message::user("Why?")]);
    /// # }
    /// ```
    pub fn set_input_messages(&self, messages: &[Message]) {
        self.set_input(messages);
        self.set_content(gen_ai::INPUT_MESSAGES, &messages);
    }

    /// The messages received (`gen_ai.output.messages`, JSON), one per choice: the span's output too. Content.
    pub fn set_output_messages(&self, messages: &[Message]) {
        self.set_output(messages);
        self.set_content(gen_ai::OUTPUT_MESSAGES, &messages);
    }
}

impl SpanBuilder<Generation> {
    /// The model asked for, as [`SpanHandle::set_model`](super::SpanHandle::set_model). Defaults to none.
    pub fn model(self, model: impl Into<String>) -> Self {
        self.attribute(gen_ai::REQUEST_MODEL, foreign::text(model))
    }
}
