//! OTLP: batches encoded and compressed once, and the same bytes sent until somebody has an answer to them.

mod encode;
mod fields;
mod grpc;
mod gzip;
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
    /// Whether messages are compressed.
    gzip: bool,
}

#[derive(Debug)]
enum Wire {
    Grpc(grpc::Grpc),
    Http(http::Http),
}

impl Collector {
    /// Inside the delivery runtime, which connections need. Nothing is connected yet.
    pub(super) fn open(target: &OtlpTarget) -> Result<Self, String> {
        let gzip = target.compressed();
        let wire = match target.endpoint.protocol {
            Protocol::Grpc => Wire::Grpc(grpc::Grpc::open(target)?),
            Protocol::HttpProtobuf => Wire::Http(http::Http::open(target)?),
        };
        Ok(Self { wire, gzip })
    }

    /// What makes messages that any collector takes.
    pub(super) fn packer(resource: &Resource) -> Packer {
        Packer::new(resource)
    }

    /// A message as it is sent, compressed if this collector is to get it so. Done once, whatever the attempts.
    pub(super) fn pack(&self, message: Bytes) -> Bytes {
        if self.gzip { gzip::compress(&message) } else { message }
    }

    /// Sends a packed message, which another process may have packed for a collector that it takes gzip from.
    pub(super) async fn send(&self, message: Bytes) -> Reply {
        let message = match gzip::is_compressed(&message) && !self.gzip {
            true => gzip::decompress(&message),
            false => Some(message),
        };
        let Some(message) = message else {
            return Reply::Refused { reason: "it cannot be decompressed, or is too long then".to_owned() };
        };
        match &self.wire {
            Wire::Grpc(grpc) => grpc.send(message).await,
            Wire::Http(http) => http.send(message).await,
        }
    }
}
