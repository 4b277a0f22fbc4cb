//! Where a span stands.

use opentelemetry::{Context, trace::SpanId};

use super::Place;
use crate::ObserveKind;

/// Where a span stands in its trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The first of its trace in this process.
    Root,
    /// A root opened inside another.
    InnerRoot,
    /// Anything below a root.
    Step(ObserveKind),
}

impl Role {
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Root | Self::InnerRoot => "basalt_trace",
            Self::Step(kind) => kind.as_str(),
        }
    }

    pub(super) fn observed(self) -> ObserveKind {
        match self {
            Self::Root | Self::InnerRoot => ObserveKind::Span,
            Self::Step(kind) => kind,
        }
    }
}

/// The span that a span stands below, as far as it can be written to.
#[derive(Debug, Clone, Default)]
pub(crate) enum Parent {
    /// None in this process.
    #[default]
    Elsewhere,
    /// Known as soon as the span starts.
    Ahead(Place),
    /// One with a record.
    Recorded(SpanId),
    /// Another library's; what it stands in.
    Other(Context),
}
