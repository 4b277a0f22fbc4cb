//! A span about to start, handed from the request side to whoever starts spans.

use std::{fmt::Debug, sync::Arc};

use opentelemetry::{Context, trace::SpanBuilder};

use super::{Record, Trace};
use crate::ObserveKind;

/// Everything that starting a span takes.
pub(crate) struct Opening<'a> {
    /// Decides the instrumentation scope.
    pub(crate) kind: ObserveKind,
    pub(crate) builder: SpanBuilder,
    pub(crate) parent: &'a Context,
    pub(crate) trace: &'a Arc<Trace>,
    pub(crate) record: Record,
}

/// Starts spans. The request side knows no more of the delivery side.
pub(crate) trait SpanSource: Debug + Send + Sync {
    /// Starts the span and returns the parent's context with it, the record being open in the trace.
    fn open(&self, opening: Opening<'_>) -> Context;
}
