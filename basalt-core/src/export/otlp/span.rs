//! Spans, scopes and resources as OTLP has them, straight from what the SDK keeps. Source: opentelemetry-proto 1.x,
//! `trace.proto` and `common.proto`, whose names the numbers of fields stand for.

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::{
    Array, InstrumentationScope, KeyValue, Value,
    trace::{Event, Link, SpanContext, SpanId, SpanKind, Status},
};
use opentelemetry_sdk::{Resource, trace::SpanData};

use super::fields::Fields;

/// Flags that say whether a parent or a linked span is of another process, and that this is known.
const KNOWN: u32 = 0x100;
const REMOTE: u32 = 0x200;

impl Fields {
    /// The fields of a `Resource`.
    pub(super) fn resource(&mut self, resource: &Resource) {
        for (key, value) in resource {
            self.message(1, |fields| fields.attribute(key.as_str(), value));
        }
    }

    /// The fields of an `InstrumentationScope`.
    pub(super) fn scope(&mut self, scope: &InstrumentationScope) {
        self.text(1, scope.name());
        self.text(2, scope.version().unwrap_or_default());
        scope.attributes().for_each(|attribute| self.message(3, |fields| fields.key_value(attribute)));
    }

    /// The fields of a `Span`.
    pub(super) fn span(&mut self, span: &SpanData) {
        self.ids(&span.span_context);
        if span.parent_span_id != SpanId::INVALID {
            self.bytes(4, &span.parent_span_id.to_bytes());
        }
        self.text(5, &span.name);
        self.number(6, kind(&span.span_kind));
        self.fixed_64(7, nanoseconds(span.start_time));
        self.fixed_64(8, nanoseconds(span.end_time));
        self.attributes(9, &span.attributes);
        self.number(10, span.dropped_attributes_count.into());
        span.events.iter().for_each(|event| self.message(11, |fields| fields.event(event)));
        self.number(12, span.events.dropped_count.into());
        span.links.iter().for_each(|link| self.message(13, |fields| fields.link(link)));
        self.number(14, span.links.dropped_count.into());
        self.message(15, |fields| fields.status(&span.status));
        self.fixed_32(16, flags(&span.span_context, span.parent_span_is_remote));
    }

    fn event(&mut self, event: &Event) {
        self.fixed_64(1, nanoseconds(event.timestamp));
        self.text(2, &event.name);
        self.attributes(3, &event.attributes);
        self.number(4, event.dropped_attributes_count.into());
    }

    fn link(&mut self, link: &Link) {
        self.ids(&link.span_context);
        self.attributes(4, &link.attributes);
        self.number(5, link.dropped_attributes_count.into());
        self.fixed_32(6, flags(&link.span_context, link.span_context.is_remote()));
    }

    fn ids(&mut self, span: &SpanContext) {
        self.bytes(1, &span.trace_id().to_bytes());
        self.bytes(2, &span.span_id().to_bytes());
        self.text(3, &span.trace_state().header());
    }

    fn status(&mut self, status: &Status) {
        match status {
            Status::Unset => {}
            Status::Ok => self.number(3, 1),
            Status::Error { description } => {
                self.text(2, description);
                self.number(3, 2);
            }
        }
    }

    fn attributes(&mut self, tag: u32, attributes: &[KeyValue]) {
        for attribute in attributes {
            match &attribute.value {
                Value::String(text) => self.pair(tag, attribute.key.as_str(), text.as_str()),
                _ => self.message(tag, |fields| fields.key_value(attribute)),
            }
        }
    }

    fn key_value(&mut self, attribute: &KeyValue) {
        self.attribute(attribute.key.as_str(), &attribute.value);
    }

    fn attribute(&mut self, key: &str, value: &Value) {
        self.text(1, key);
        self.message(2, |fields| fields.any_value(value));
    }

    fn any_value(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.present_bytes(1, text.as_str().as_bytes()),
            Value::Bool(bool) => self.present_number(2, u64::from(*bool)),
            Value::I64(number) => self.present_number(3, number.cast_unsigned()),
            Value::F64(number) => self.present_fixed_64(4, number.to_bits()),
            Value::Array(array) => self.message(5, |fields| fields.array(array)),
            // One that this version of OpenTelemetry does not know.
            _ => {}
        }
    }

    fn array(&mut self, array: &Array) {
        match array {
            Array::Bool(values) => self.values(values.iter().map(|value| Value::Bool(*value))),
            Array::I64(values) => self.values(values.iter().map(|value| Value::I64(*value))),
            Array::F64(values) => self.values(values.iter().map(|value| Value::F64(*value))),
            Array::String(values) => {
                for text in values {
                    self.message(1, |fields| fields.present_bytes(1, text.as_str().as_bytes()));
                }
            }
            _ => {}
        }
    }

    fn values(&mut self, values: impl Iterator<Item = Value>) {
        values.for_each(|value| self.message(1, |fields| fields.any_value(&value)));
    }
}

fn kind(kind: &SpanKind) -> u64 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}

fn flags(span: &SpanContext, remote: bool) -> u32 {
    u32::from(span.trace_flags().to_u8()) | KNOWN | if remote { REMOTE } else { 0 }
}

fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or_default()
}
