//! What a step's actions apply to.

use std::ops::Deref;

use basalt_tower::{Event, Function, Generation, Retrieval, RootSpan, Span, SpanHandle, Tool, span::Plain};

/// An open span of any kind.
#[derive(Debug, Clone)]
pub(super) enum Handle {
    Root(RootSpan),
    Plain(Span<Plain>),
    Generation(Span<Generation>),
    Retrieval(Span<Retrieval>),
    Function(Span<Function>),
    Tool(Span<Tool>),
    Event(Span<Event>),
    /// Whatever is active.
    Active(SpanHandle),
}

impl Deref for Handle {
    type Target = SpanHandle;

    fn deref(&self) -> &SpanHandle {
        match self {
            Self::Root(span) => span,
            Self::Plain(span) => span,
            Self::Generation(span) => span,
            Self::Retrieval(span) => span,
            Self::Function(span) => span,
            Self::Tool(span) => span,
            Self::Event(span) => span,
            Self::Active(span) => span,
        }
    }
}
