//! Spans become messages, none longer than a collector takes.

use bytes::Bytes;
use opentelemetry_proto::{
    tonic::{
        collector::trace::v1::ExportTraceServiceRequest,
        trace::v1::{ResourceSpans, ScopeSpans},
    },
    transform::{
        common::tonic::ResourceAttributesWithSchema, trace::tonic::group_spans_by_resource_and_scope,
    },
};
use opentelemetry_sdk::trace::SpanData;
use prost::Message;

use crate::export::parcel::{Cargo, Parcel};

/// Bytes of one message, below the four MiB that gRPC receivers take by default.
const LIMIT: usize = 3_500_000;

/// The second number counts spans that are longer than a message may be.
pub(super) fn parcels(spans: Vec<SpanData>, resource: &ResourceAttributesWithSchema) -> (Vec<Parcel>, u64) {
    let (mut parcels, mut too_long) = (Vec::new(), 0);
    for batch in group_spans_by_resource_and_scope(spans, resource) {
        pack(batch, &mut parcels, &mut too_long);
    }
    (parcels, too_long)
}

fn pack(batch: ResourceSpans, parcels: &mut Vec<Parcel>, too_long: &mut u64) {
    let spans = count(&batch);
    let request = ExportTraceServiceRequest { resource_spans: vec![batch] };
    let length = request.encoded_len();
    if length <= LIMIT {
        let message = Bytes::from(request.encode_to_vec());
        return parcels.push(Parcel {
            spans: spans as u64,
            bytes: message.len(),
            cargo: Cargo::Message(message),
        });
    }
    if spans <= 1 {
        *too_long += spans as u64;
        return;
    }
    for batch in request.resource_spans {
        let (first, second) = halves(batch, spans / 2);
        pack(first, parcels, too_long);
        pack(second, parcels, too_long);
    }
}

fn count(batch: &ResourceSpans) -> usize {
    batch.scope_spans.iter().map(|scope| scope.spans.len()).sum()
}

/// The first `left` spans, and the others.
fn halves(batch: ResourceSpans, mut left: usize) -> (ResourceSpans, ResourceSpans) {
    let ResourceSpans { resource, scope_spans, schema_url } = batch;
    let with = |scope_spans| ResourceSpans {
        resource: resource.clone(),
        scope_spans,
        schema_url: schema_url.clone(),
    };
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for mut scope in scope_spans {
        let rest = scope.spans.split_off(left.min(scope.spans.len()));
        left -= scope.spans.len();
        if !rest.is_empty() {
            let (name, schema_url) = (scope.scope.clone(), scope.schema_url.clone());
            second.push(ScopeSpans { scope: name, spans: rest, schema_url });
        }
        if !scope.spans.is_empty() {
            first.push(scope);
        }
    }
    (with(first), with(second))
}

#[cfg(test)]
mod tests {
    use opentelemetry::{
        KeyValue,
        trace::{Span as _, Tracer as _, TracerProvider as _},
    };
    use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};

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
        parcels(spans(count, bytes), &(&Resource::builder().build()).into())
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
        let (parcels, too_long) = parcels(long, &(&Resource::builder().build()).into());
        assert_eq!((parcels.iter().map(|parcel| parcel.spans).sum::<u64>(), too_long), (9, 1));
    }
}
