//! Spans become messages, none longer than a collector takes.

use std::mem;

use bytes::Bytes;
use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::{Resource, trace::SpanData};

use super::fields::{Fields, delimited};
use crate::export::parcel::{Cargo, Parcel};

/// Bytes of one message, below the four MiB that gRPC receivers take by default.
const LIMIT: usize = 3_500_000;
/// What the lengths of the messages around a span's take of it at most.
const AROUND: usize = 64;

/// Bytes of a scope's buffer that are kept for the next message: a usual batch.
const KEPT: usize = 512 * 1024;
/// Scopes whose buffers are kept for the next message.
const SCOPES: usize = 64;

/// Makes messages of spans, span by span. Each is written once, into a buffer that is kept, and copied once, into a
/// message that is complete.
#[derive(Debug)]
pub(in crate::export) struct Packer {
    /// What every message says of the service.
    resource: Vec<u8>,
    schema_url: Vec<u8>,
    scopes: Vec<Scope>,
    spans: u64,
    /// Of the message, at most.
    length: usize,
}

/// Spans of one instrumentation scope.
#[derive(Debug)]
struct Scope {
    scope: InstrumentationScope,
    about: Vec<u8>,
    schema_url: Vec<u8>,
    spans: Fields,
}

impl Packer {
    pub(super) fn new(resource: &Resource) -> Self {
        let (mut about, mut schema_url) = (Fields::default(), Fields::default());
        about.message(1, |fields| fields.resource(resource));
        schema_url.text(3, resource.schema_url().unwrap_or_default());
        Self { resource: about.0, schema_url: schema_url.0, scopes: Vec::new(), spans: 0, length: 0 }
    }

    /// Takes a span in. Where there is no room for it, the message so far is complete, and the span is in the next one;
    /// false if no message can hold it.
    pub(in crate::export) fn put(&mut self, span: &SpanData) -> (Option<Parcel>, bool) {
        if self.has_put(span) {
            return (None, true);
        }
        let complete = self.finish();
        (complete, self.has_put(span))
    }

    /// The message; none if it is empty.
    pub(in crate::export) fn finish(&mut self) -> Option<Parcel> {
        if self.spans == 0 {
            return None;
        }
        let used = || self.scopes.iter().filter(|scope| !scope.spans.0.is_empty());
        let scopes: usize = used().map(|scope| delimited(scope.length())).sum();
        let length = self.resource.len() + scopes + self.schema_url.len();
        let mut message = Fields(Vec::with_capacity(delimited(length)));
        message.length(1, length);
        message.0.extend_from_slice(&self.resource);
        for scope in used() {
            message.length(2, scope.length());
            let parts = [&scope.about, &scope.spans.0, &scope.schema_url];
            parts.into_iter().for_each(|part| message.0.extend_from_slice(part));
        }
        message.0.extend_from_slice(&self.schema_url);
        self.scopes.truncate(SCOPES);
        for Scope { spans, .. } in &mut self.scopes {
            spans.0.clear();
            spans.0.shrink_to(KEPT);
        }
        self.length = 0;
        let (spans, message) = (mem::take(&mut self.spans), Bytes::from(message.0));
        Some(Parcel { spans, bytes: message.len(), cargo: Cargo::Message(message) })
    }

    /// False if there is no room for it.
    fn has_put(&mut self, span: &SpanData) -> bool {
        let place = self.place(&span.instrumentation_scope);
        let Some(scope) = self.scopes.get_mut(place) else { return false };
        let (before, begun) =
            (if scope.spans.0.is_empty() { 0 } else { scope.length() }, scope.spans.0.len());
        scope.spans.message(2, |fields| fields.span(span));
        let length = self.length + scope.length() - before + AROUND;
        let fits = self.resource.len() + self.schema_url.len() + length + AROUND <= LIMIT;
        if fits {
            self.length = length;
            self.spans += 1;
        } else {
            scope.spans.0.truncate(begun);
            scope.spans.0.shrink_to(KEPT.max(begun));
        }
        fits
    }

    fn place(&mut self, scope: &InstrumentationScope) -> usize {
        self.scopes.iter().position(|known| known.scope == *scope).unwrap_or_else(|| {
            self.scopes.push(Scope::of(scope));
            self.scopes.len() - 1
        })
    }
}

impl Scope {
    fn of(scope: &InstrumentationScope) -> Self {
        let (mut about, mut schema_url) = (Fields::default(), Fields::default());
        about.message(1, |fields| fields.scope(scope));
        schema_url.text(3, scope.schema_url().unwrap_or_default());
        Self { scope: scope.clone(), about: about.0, schema_url: schema_url.0, spans: Fields::default() }
    }

    fn length(&self) -> usize {
        self.about.len() + self.spans.0.len() + self.schema_url.len()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use opentelemetry::{
        Array, KeyValue, Value,
        trace::{
            Event, Link, Span as _, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
            Tracer as _, TracerProvider as _,
        },
    };
    use opentelemetry_proto::{
        tonic::collector::trace::v1::ExportTraceServiceRequest,
        transform::trace::tonic::group_spans_by_resource_and_scope,
    };
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use prost::Message as _;

    use super::*;

    fn spans(count: usize, bytes: usize) -> Vec<SpanData> {
        let provider = SdkTracerProvider::builder().build();
        let of = |number: usize| {
            let mut span = provider.tracer(["a", "b", "c"][number % 3]).start("s");
            span.set_attribute(KeyValue::new("text", "x".repeat(bytes)));
            span.exported_data().unwrap()
        };
        (0..count).map(of).collect()
    }

    /// Messages, and how many spans were too long.
    fn pack(packer: &mut Packer, spans: &[SpanData]) -> (Vec<Parcel>, u64) {
        let (mut parcels, mut too_long) = (Vec::new(), 0);
        for span in spans {
            let (complete, taken) = packer.put(span);
            parcels.extend(complete);
            too_long += u64::from(!taken);
        }
        parcels.extend(packer.finish());
        (parcels, too_long)
    }

    fn packed(count: usize, bytes: usize) -> (Vec<Parcel>, u64) {
        pack(&mut Packer::new(&Resource::builder().build()), &spans(count, bytes))
    }

    /// The bytes that opentelemetry-proto makes of the same spans.
    fn reference(spans: Vec<SpanData>, resource: &Resource) -> Vec<u8> {
        let resource_spans = group_spans_by_resource_and_scope(spans, &resource.into());
        ExportTraceServiceRequest { resource_spans }.encode_to_vec()
    }

    /// Everything that a span can have.
    fn whole(length: usize) -> SpanData {
        let mut span = spans(1, length).remove(0);
        let lists = [
            Value::Array(vec![true, false].into()),
            Value::Array(vec![0_i64, -1, i64::MAX].into()),
            Value::Array(vec![0.0, f64::NAN, -1.5].into()),
            Value::Array(Array::String(vec!["".into(), "größe".into(), "x".repeat(length).into()])),
        ];
        let scalars =
            ["".into(), "🦀".into(), true.into(), false.into(), 0_i64.into(), (-7_i64).into(), 0.0.into()];
        let values = scalars.into_iter().chain(lists).enumerate();
        span.attributes.extend(values.map(|(number, value)| KeyValue::new(format!("k{number}"), value)));
        let state = TraceState::from_key_value([("a", "1"), ("b", "2")]).unwrap();
        let remote = SpanContext::new(TraceId::from(7), SpanId::from(9), TraceFlags::SAMPLED, true, state);
        span.span_context = remote.clone();
        span.parent_span_id = SpanId::from(3);
        span.parent_span_is_remote = true;
        span.span_kind = SpanKind::Server;
        span.dropped_attributes_count = 300;
        span.status = Status::error("x".repeat(length));
        let event = Event::new("exception", SystemTime::now(), span.attributes.clone(), 2);
        (span.events.events, span.events.dropped_count) = (vec![event], 4);
        (span.links.links, span.links.dropped_count) =
            (vec![Link::new(remote, span.attributes.clone(), 5)], 6);
        span
    }

    #[test]
    fn messages_are_those_of_opentelemetry_proto_byte_for_byte() {
        let schema = "https://opentelemetry.io/schemas/1.41.0";
        let attributes = [KeyValue::new("service.name", "shop")];
        for resource in [
            Resource::builder_empty().build(),
            Resource::builder().with_schema_url(attributes, schema).build(),
        ] {
            for length in [0, 1, 90, 127, 128, 200, 16_383, 16_384, 100_000] {
                let mut spans = [whole(length), spans(1, length).remove(0), whole(length / 2)];
                let [_, early, scoped] = &mut spans;
                early.start_time = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
                early.span_kind = SpanKind::Producer;
                early.status = Status::Ok;
                let scope =
                    InstrumentationScope::builder("library").with_version("1.2").with_schema_url(schema);
                scoped.instrumentation_scope = scope.with_attributes([KeyValue::new("a", 1)]).build();
                let mut packer = Packer::new(&resource);
                for _ in 0..2 {
                    let (parcels, too_long) = pack(&mut packer, &spans);
                    let [Parcel { cargo: Cargo::Message(message), .. }] = parcels.as_slice() else {
                        panic!("one message")
                    };
                    let expected = reference(spans.to_vec(), &resource);
                    assert!(*message == expected, "length {length}");
                    assert_eq!((too_long, message.len()), (0, parcels[0].bytes));
                }
            }
        }
    }

    #[test]
    fn a_usual_batch_is_one_message() {
        let (parcels, too_long) = packed(512, 300);
        assert_eq!((parcels.len(), parcels[0].spans, too_long), (1, 512, 0));
    }

    #[test]
    fn a_long_batch_is_cut_into_messages_that_a_collector_takes() {
        let (parcels, too_long) = packed(512, 50_000);
        assert!(parcels.iter().all(|parcel| parcel.bytes <= LIMIT));
        assert_eq!(parcels.iter().map(|parcel| parcel.spans).sum::<u64>(), 512);
        assert_eq!(too_long, 0);
    }

    #[test]
    fn a_span_longer_than_any_message_is_counted_and_holds_nobody_up() {
        let (mut long, rest) = (spans(1, LIMIT + 1), spans(9, 10));
        long.extend(rest);
        let (parcels, too_long) = pack(&mut Packer::new(&Resource::builder().build()), &long);
        assert_eq!((parcels.iter().map(|parcel| parcel.spans).sum::<u64>(), too_long), (9, 1));
    }

    #[test]
    fn buffers_of_long_spans_are_given_back() {
        let mut packer = Packer::new(&Resource::builder().build());
        pack(&mut packer, &spans(6, 2_000_000));
        pack(&mut packer, &spans(3, 5_000_000));
        assert_eq!(packer.scopes.len(), 3);
        assert!(packer.scopes.iter().all(|scope| scope.spans.0.capacity() <= KEPT));
    }
}
