//! What a span observes, as a type.

use crate::ObserveKind;

/// What a [`Span`](super::Span) observes, as a type: it decides which setters the span has beside those of
/// [`SpanHandle`](super::SpanHandle), and which instrumentation scope it is exported under. Sealed: the
/// backend knows no other kinds.
pub trait Kind: sealed::Sealed + Send + Sync + 'static {
    /// The same as a value.
    const KIND: ObserveKind;
}

/// Any step. The kind that [`observe`](crate::observe()) opens; one without setters of its own can be given
/// by value, with [`SpanBuilder::kind`](super::SpanBuilder::kind).
#[derive(Debug, Clone, Copy)]
pub struct Plain;

impl Kind for Plain {
    const KIND: ObserveKind = ObserveKind::Span;
}

impl sealed::Sealed for Plain {}

pub(super) mod sealed {
    pub trait Sealed {}
}
