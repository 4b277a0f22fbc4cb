//! One piece of a model's answer.

use std::{any::type_name, fmt};

use super::Tokens;

/// What one chunk of a streamed answer brings.
///
/// ```
/// use basalt_core::{Chunk, Tokens};
///
/// let text = Chunk::text("Be");
/// let last = Chunk::default().tokens(Tokens { input: Some(12), output: Some(2) }).finish_reason("stop");
/// ```
#[derive(Clone, Copy, Default)]
pub struct Chunk<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Tokens,
    pub(super) finish_reason: Option<&'a str>,
    pub(super) error: Option<(&'static str, &'a dyn fmt::Display)>,
}

impl<'a> Chunk<'a> {
    /// A piece of the completion.
    #[must_use]
    pub fn text(text: &'a str) -> Self {
        Self { text, ..Self::default() }
    }

    /// An error instead of a chunk: it marks the span, as [`SpanHandle::set_error`](super::SpanHandle::set_error), and
    /// is not counted.
    #[must_use]
    pub fn error<E: fmt::Display>(error: &'a E) -> Self {
        Self { error: Some((type_name::<E>(), error)), ..Self::default() }
    }

    /// The tokens used so far, as most providers say with the last chunk. Defaults to not known.
    #[must_use]
    pub fn tokens(mut self, tokens: Tokens) -> Self {
        self.tokens = tokens;
        self
    }

    /// Why the model stopped. Defaults to not known.
    #[must_use]
    pub fn finish_reason(mut self, reason: &'a str) -> Self {
        self.finish_reason = Some(reason);
        self
    }
}

impl fmt::Debug for Chunk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunk")
            .field("text", &self.text)
            .field("tokens", &self.tokens)
            .field("finish_reason", &self.finish_reason)
            .field("error", &self.error.map(|(kind, _)| kind))
            .finish()
    }
}
