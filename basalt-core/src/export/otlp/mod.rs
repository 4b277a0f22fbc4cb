//! OTLP: batches encoded once, and the same bytes sent until somebody has an answer to them.

mod encode;
mod fields;
mod grpc;
mod http;
mod reply;
mod span;

use bytes::Bytes;
use opentelemetry_sdk::{Resource, trace::SpanData};

use encode::Service;

use super::{
    OtlpTarget, Protocol,
    parcel::{Parcel, Reply},
};

/// The way to one collector.
#[derive(Debug)]
pub(super) struct Collector {
    wire: Wire,
    service: Service,
}

#[derive(Debug)]
enum Wire {
    Grpc(grpc::Grpc),
    Http(http::Http),
}

impl Collector {
    /// Inside the delivery runtime, which connections need. Nothing is connected yet.
    pub(super) fn open(target: OtlpTarget, resource: &Resource) -> Result<Self, String> {
        let wire = match target.endpoint.protocol {
            Protocol::Grpc => Wire::Grpc(grpc::Grpc::open(&target)?),
            Protocol::HttpProtobuf => Wire::Http(http::Http::open(target)?),
        };
        Ok(Self { wire, service: Service::new(resource) })
    }

    /// Spans as messages that any collector takes; and how many spans are too long for one.
    pub(super) fn pack(&self, spans: &[SpanData]) -> (Vec<Parcel>, u64) {
        self.service.parcels(spans)
    }

    pub(super) async fn send(&self, message: Bytes) -> Reply {
        match &self.wire {
            Wire::Grpc(grpc) => grpc.send(message).await,
            Wire::Http(http) => http.send(message).await,
        }
    }
}
