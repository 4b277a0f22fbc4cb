//! A span that starts.

use std::{fmt::Debug, sync::Arc};

use opentelemetry::{
    Context,
    trace::{SpanContext, TraceContextExt},
};

use super::{Ended, Limits, Record, Recorded, Trace, timeline::Start};

/// Where a span starts.
#[derive(Debug)]
pub(crate) struct Opening<'a> {
    pub(crate) trace: &'a Arc<Trace>,
    /// What it starts in; its own context adds nothing but the span.
    pub(crate) parent: &'a Context,
    /// The caller in another process, if no span of this one is the parent.
    pub(crate) caller: Option<SpanContext>,
    /// Whether it is the first of the trace.
    pub(crate) begins: bool,
}

/// A span that has started, in its context.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) context: Context,
    /// Whether it has a record.
    pub(crate) recording: bool,
}

/// Names spans and takes them when they have ended. The request side knows no more of the delivery side.
pub(crate) trait SpanSource: Debug + Send + Sync {
    /// Who a span will be that starts below a caller or, if there is none, in a context. One that is not
    /// sampled is not recorded; where telemetry is suppressed, it is nobody.
    fn start(&self, parent: &Context, caller: Option<&SpanContext>) -> SpanContext;

    /// Takes a span.
    fn end(&self, span: Ended);

    fn limits(&self) -> Limits;
}

impl Opening<'_> {
    /// Starts the span. Only one that is recorded needs to be described.
    pub(crate) fn open(self, describe: impl FnOnce() -> Box<Record>) -> Opened {
        let (caller, origin) = (self.caller.as_ref(), self.trace.origin());
        let span = match origin.has_shut_down() {
            false => origin.spans.start(self.parent, caller),
            true => SpanContext::empty_context(),
        };
        if !span.is_sampled() {
            return Opened { context: self.parent.with_remote_span_context(span), recording: false };
        }
        let start = Start::now(self.begins);
        let mut record = describe();
        let here = self.parent.span();
        let above = caller.unwrap_or_else(|| here.span_context());
        record.id = span.span_id();
        record.above = above.span_id();
        record.above_is_remote = above.is_remote();
        self.trace.open(record, caller.is_none().then_some(self.parent), start);
        let recorded = Recorded::new(span, Arc::clone(self.trace));
        Opened { context: self.parent.with_span(recorded), recording: true }
    }
}
