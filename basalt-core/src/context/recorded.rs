//! The live span in the `Context`: an OpenTelemetry span that keeps its record until it ends.

use std::{borrow::Cow, sync::Arc, time::SystemTime};

use opentelemetry::{
    Context, KeyValue, Value,
    trace::{Span, SpanContext, Status, TraceContextExt},
};

use super::{Record, Trace};
use crate::text;

/// Whoever writes through the `Context`, our handles or another library, meets the same [`Record`]; and
/// however the span ends, through a handle, through OpenTelemetry or by being dropped, the record is
/// written first.
#[derive(Debug)]
pub(crate) struct Recorded<S: Span> {
    inner: S,
    trace: Arc<Trace>,
}

impl<S: Span + Send + Sync + 'static> Recorded<S> {
    /// The parent's context with a freshly started span in it. A span that does not record gets no record.
    pub(crate) fn carry(inner: S, parent: &Context, trace: &Arc<Trace>, record: Record) -> Context {
        if inner.is_recording() {
            let mut record = record;
            record.parent = trace.parent(parent);
            trace.open(inner.span_context().span_id(), record);
            parent.with_span(Self { inner, trace: Arc::clone(trace) })
        } else {
            parent.with_span(inner)
        }
    }
}

impl<S: Span> Recorded<S> {
    fn settle(&mut self) {
        let inner = &mut self.inner;
        let Some(record) = self.trace.close(inner.span_context().span_id()) else {
            return;
        };
        if record.is_root() {
            self.trace.stand_alone();
        }
        let write = &mut |attribute| inner.set_attribute(attribute);
        let status = self.trace.write(record, write);
        if status != Status::Unset {
            inner.set_status(status);
        }
    }
}

impl<S: Span> Span for Recorded<S> {
    fn add_event_with_timestamp<T>(&mut self, name: T, time: SystemTime, mut attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        let limit = self.trace.origin().content.limit;
        for attribute in &mut attributes {
            if let Value::String(long) = &attribute.value
                && long.as_str().len() > limit
            {
                attribute.value = text::head(long.as_str(), limit).to_owned().into();
            }
        }
        self.inner.add_event_with_timestamp(name, time, attributes);
    }

    fn span_context(&self) -> &SpanContext {
        self.inner.span_context()
    }

    fn is_recording(&self) -> bool {
        self.inner.is_recording()
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        let id = self.inner.span_context().span_id();
        self.trace.with_record(id, |record| record.set_attribute(attribute));
    }

    fn set_status(&mut self, status: Status) {
        let id = self.inner.span_context().span_id();
        self.trace.with_record(id, |record| record.set_status(status));
    }

    fn update_name<T>(&mut self, name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        self.inner.update_name(name);
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        self.inner.add_link(span_context, attributes);
    }

    fn end_with_timestamp(&mut self, time: SystemTime) {
        self.settle();
        self.inner.end_with_timestamp(time);
    }
}

impl<S: Span> Drop for Recorded<S> {
    fn drop(&mut self) {
        self.settle();
    }
}
