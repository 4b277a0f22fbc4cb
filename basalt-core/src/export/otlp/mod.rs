//! OTLP: batches encoded once, and the same bytes sent until somebody has an answer to them.

mod encode;
mod fields;
#[cfg(test)]
mod fuzz;
mod grpc;
mod http;
mod reply;
mod span;

use bytes::Bytes;
use opentelemetry_sdk::Resource;

pub(super) use encode::Packer;

use super::{OtlpTarget, Protocol, parcel::Reply};

/// The way to one collector.
#[derive(Debug)]
pub(super) struct Collector {
    wire: Wire,
}

#[derive(Debug)]
enum Wire {
    Grpc(grpc::Grpc),
    Http(http::Http),
}

impl Collector {
    /// Inside the delivery runtime, which connections need. Nothing is connected yet.
    pub(super) fn open(target: OtlpTarget) -> Result<Self, String> {
        let wire = match target.endpoint.protocol {
            Protocol::Grpc => Wire::Grpc(grpc::Grpc::open(&target)?),
            Protocol::HttpProtobuf => Wire::Http(http::Http::open(target)?),
        };
        Ok(Self { wire })
    }

    /// What makes messages that any collector takes.
    pub(super) fn packer(resource: &Resource) -> Packer {
        Packer::new(resource)
    }

    pub(super) async fn send(&self, message: Bytes) -> Reply {
        match &self.wire {
            Wire::Grpc(grpc) => grpc.send(message).await,
            Wire::Http(http) => http.send(message).await,
        }
    }
}
