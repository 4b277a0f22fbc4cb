//! Spans become messages, none longer than a collector takes.

use bytes::Bytes;
use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::{Resource, trace::SpanData};

use super::fields::Fields;
use crate::export::parcel::{Cargo, Parcel};

/// Bytes of one message, below the four MiB that gRPC receivers take by default.
const LIMIT: usize = 3_500_000;
/// What the lengths of the messages around a span's take of it at most.
const AROUND: usize = 64;

/// What every message says of the service: written once.
#[derive(Debug)]
pub(super) struct Service {
    resource: Vec<u8>,
    schema_url: Vec<u8>,
}

impl Service {
    pub(super) fn new(resource: &Resource) -> Self {
        let (mut about, mut schema_url) = (Fields::default(), Fields::default());
        about.message(1, |fields| fields.resource(resource));
        schema_url.text(3, resource.schema_url().unwrap_or_default());
        Self { resource: about.0, schema_url: schema_url.0 }
    }

    /// The second number counts spans that are longer than a message may be.
    pub(super) fn parcels(&self, spans: &[SpanData]) -> (Vec<Parcel>, u64) {
        let (mut parcels, mut too_long) = (Vec::new(), 0);
        let mut message = Message::of(self);
        let mut written = Fields::default();
        for span in spans {
            written.0.clear();
            written.message(2, |fields| fields.span(span));
            if !message.put(&span.instrumentation_scope, &written.0) {
                parcels.extend(message.parcel());
                message = Message::of(self);
                too_long += u64::from(!message.put(&span.instrumentation_scope, &written.0));
            }
        }
        parcels.extend(message.parcel());
        (parcels, too_long)
    }
}

/// A message that grows, span by span.
struct Message<'a> {
    service: &'a Service,
    scopes: Vec<Scope<'a>>,
    spans: u64,
    length: usize,
}

/// Spans of one instrumentation scope.
struct Scope<'a> {
    scope: &'a InstrumentationScope,
    about: Vec<u8>,
    schema_url: Vec<u8>,
    spans: Vec<u8>,
}

impl<'a> Message<'a> {
    fn of(service: &'a Service) -> Self {
        let length = service.resource.len() + service.schema_url.len() + AROUND;
        Self { service, scopes: Vec::new(), spans: 0, length }
    }

    /// False if there is no room for it.
    fn put(&mut self, scope: &'a InstrumentationScope, span: &[u8]) -> bool {
        if self.length + span.len() + AROUND > LIMIT {
            return false;
        }
        self.length += span.len();
        self.spans += 1;
        match self.scopes.iter_mut().find(|known| known.scope == scope) {
            Some(known) => known.spans.extend_from_slice(span),
            None => {
                let scope = Scope::of(scope, span);
                self.length += scope.about.len() + scope.schema_url.len() + AROUND;
                self.scopes.push(scope);
            }
        }
        true
    }

    /// None if it is empty.
    fn parcel(self) -> Option<Parcel> {
        if self.spans == 0 {
            return None;
        }
        let mut inside = Fields(Vec::with_capacity(self.length));
        inside.0.extend_from_slice(&self.service.resource);
        for Scope { about, schema_url, spans, .. } in &self.scopes {
            inside.written(2, about.len() + spans.len() + schema_url.len(), &[about, spans, schema_url]);
        }
        inside.0.extend_from_slice(&self.service.schema_url);
        let mut message = Fields(Vec::with_capacity(inside.0.len() + AROUND));
        message.written(1, inside.0.len(), &[&inside.0]);
        let message = Bytes::from(message.0);
        Some(Parcel { spans: self.spans, bytes: message.len(), cargo: Cargo::Message(message) })
    }
}

impl<'a> Scope<'a> {
    fn of(scope: &'a InstrumentationScope, span: &[u8]) -> Self {
        let (mut about, mut schema_url) = (Fields::default(), Fields::default());
        about.message(1, |fields| fields.scope(scope));
        schema_url.text(3, scope.schema_url().unwrap_or_default());
        Self { scope, about: about.0, schema_url: schema_url.0, spans: span.to_vec() }
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

    fn packed(count: usize, bytes: usize) -> (Vec<Parcel>, u64) {
        Service::new(&Resource::builder().build()).parcels(&spans(count, bytes))
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
                let (parcels, too_long) = Service::new(&resource).parcels(&spans);
                let [Parcel { cargo: Cargo::Message(message), .. }] = parcels.as_slice() else {
                    panic!("one message")
                };
                let expected = reference(spans.to_vec(), &resource);
                assert!(*message == expected, "length {length}");
                assert_eq!(too_long, 0);
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
        let (parcels, too_long) = Service::new(&Resource::builder().build()).parcels(&long);
        assert_eq!((parcels.iter().map(|parcel| parcel.spans).sum::<u64>(), too_long), (9, 1));
    }
}
