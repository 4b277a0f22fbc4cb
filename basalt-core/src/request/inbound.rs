//! How much a caller's trace context is believed.

use opentelemetry::{
    Context,
    trace::{Link, TraceContextExt},
};

use crate::context::{Baggage, Claims, Headers, extract, is_local};

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
    /// The context to open the root in, and the caller to link to.
    pub(super) fn parent(self, current: Context, headers: &dyn Headers) -> (Context, Option<Link>) {
        if is_local(&current) {
            return (current, None);
        }
        match self {
            Self::Ignore => (current, None),
            Self::Continue => match extract(headers) {
                Some(caller) => (current.with_remote_span_context(caller), None),
                None => (current, None),
            },
            Self::Restart => (current, extract(headers).map(Link::with_context)),
        }
    }
    /// What is believed of the caller's baggage: only a trace that goes on has any.
    pub(super) fn baggage(self, allowed: Baggage, headers: &dyn Headers) -> Claims {
        match self {
            Self::Continue => allowed.read(headers),
            Self::Restart | Self::Ignore => Claims::default(),
        }
    }
}
