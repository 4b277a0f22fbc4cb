//! How much a caller's trace context is believed.

use opentelemetry::trace::{Link, SpanContext};

use super::fields::{Field, Fields};
use crate::context::{Baggage, Claims, Headers, extract};

/// Who stands above a root in another process: the span that it goes on below, or one that it only points at.
#[derive(Debug, Default)]
pub(super) struct Above {
    pub(super) caller: Option<SpanContext>,
    pub(super) link: Option<Link>,
}

/// What becomes of a `traceparent`, and of baggage, that a request brings.
///
/// A span of this process that is already active, opened by another instrumentation outside ours, is the
/// parent whatever the headers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Inbound {
    /// The caller's trace goes on, and so does its decision whether to sample. For callers of your own.
    #[default]
    Continue,
    /// A new trace begins, with a link to the caller's span. For callers from outside.
    Restart,
    /// A new trace begins, and the headers are not read.
    Ignore,
}

impl Inbound {
    /// The caller, as far as it is believed.
    pub(super) fn above(self, fields: &Fields<'_>, headers: &dyn Headers) -> Above {
        let caller = || extract(fields.bytes(Field::Traceparent)?, fields.has(Field::Tracestate), headers);
        match self {
            Self::Ignore => Above::default(),
            Self::Continue => Above { caller: caller(), link: None },
            Self::Restart => Above { caller: None, link: caller().map(Link::with_context) },
        }
    }

    /// What is believed of the caller's baggage: only a trace that goes on has any.
    pub(super) fn baggage(self, allowed: Baggage, headers: &dyn Headers) -> Option<Claims> {
        (self == Self::Continue && allowed != Baggage::none()).then(|| allowed.read(headers))
    }
}
