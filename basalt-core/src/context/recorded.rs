//! The live span in the `Context`.

use std::{borrow::Cow, sync::Arc, time::SystemTime};

use opentelemetry::{
    KeyValue,
    trace::{Link, Span, SpanContext, Status},
};

use super::{Record, Trace};

/// Whoever writes through the `Context`, our handles or another library, meets the same [`Record`]; and
/// however the span ends, through a handle, through OpenTelemetry or by being dropped, the record is what is
/// delivered.
#[derive(Debug)]
pub(crate) struct Recorded {
    span: SpanContext,
    trace: Arc<Trace>,
}

impl Recorded {
    /// For a span whose record is open in the trace.
    pub(super) fn new(span: SpanContext, trace: Arc<Trace>) -> Self {
        Self { span, trace }
    }

    fn record(&self, work: impl FnOnce(&mut Record)) {
        self.trace.with_record(self.span.span_id(), work);
    }
}

impl Span for Recorded {
    fn add_event_with_timestamp<T>(&mut self, name: T, time: SystemTime, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        let _ = self.trace.add_event(self.span.span_id(), name.into(), Some(time), attributes);
    }

    fn span_context(&self) -> &SpanContext {
        &self.span
    }

    fn is_recording(&self) -> bool {
        self.trace.is_open(self.span.span_id())
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        self.record(|record| record.set_attribute(attribute));
    }

    fn set_status(&mut self, status: Status) {
        self.record(|record| record.set_status(status));
    }

    fn update_name<T>(&mut self, name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        let name = name.into();
        self.record(|record| record.rename(name));
    }

    fn add_link(&mut self, to: SpanContext, attributes: Vec<KeyValue>) {
        let limits = self.trace.origin().spans.limits();
        self.record(|record| record.add_link(Link::new(to, attributes, 0), limits));
    }

    fn end_with_timestamp(&mut self, time: SystemTime) {
        self.trace.end(&self.span, Some(time), |_| ());
    }
}

impl Drop for Recorded {
    fn drop(&mut self) {
        self.trace.end(&self.span, None, |_| ());
    }
}
