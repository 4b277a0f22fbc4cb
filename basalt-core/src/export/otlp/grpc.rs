//! OTLP over gRPC.

use std::time::Duration;

use ::http::uri::PathAndQuery;
use bytes::{Buf, BufMut, Bytes};
use tonic::{
    Request, Status,
    client::Grpc as Client,
    codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder},
    metadata::MetadataMap,
    transport::{Channel, Endpoint},
};

use super::reply;
use crate::export::{OtlpTarget, parcel::Reply};

const EXPORT: PathAndQuery =
    PathAndQuery::from_static("/opentelemetry.proto.collector.trace.v1.TraceService/Export");

#[derive(Debug)]
pub(super) struct Grpc {
    channel: Channel,
    metadata: MetadataMap,
    compressed: bool,
    timeout: Duration,
}

impl Grpc {
    pub(super) fn open(target: &OtlpTarget) -> Result<Self, String> {
        if target.proxy.is_some() {
            return Err("gRPC knows no proxy: send by HTTP, or to a collector that is nearer".to_owned());
        }
        let endpoint =
            Endpoint::from_shared(target.endpoint.url.clone()).map_err(|error| error.to_string())?;
        let endpoint = endpoint
            .connect_timeout(target.timeout)
            .http2_keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(10))
            .user_agent(concat!("basalt-rust/", env!("CARGO_PKG_VERSION")))
            .map_err(|error| error.to_string())?;
        let endpoint = secured(endpoint, target)?;
        Ok(Self {
            channel: endpoint.connect_lazy(),
            metadata: MetadataMap::from_headers(target.header_map()?),
            compressed: target.compressed(),
            timeout: target.timeout,
        })
    }

    pub(super) async fn send(&self, message: Bytes) -> Reply {
        match tokio::time::timeout(self.timeout, self.export(message)).await {
            Ok(Ok(answer)) => reply::accepted(&answer),
            Ok(Err(status)) => reply::of_grpc(&status),
            Err(_) => Reply::unanswered(self.timeout),
        }
    }

    async fn export(&self, message: Bytes) -> Result<Bytes, Status> {
        let mut client = Client::new(self.channel.clone());
        if self.compressed {
            client = client.send_compressed(CompressionEncoding::Gzip);
        }
        client.ready().await.map_err(|error| Status::from_error(Box::new(error)))?;
        let mut request = Request::new(message);
        *request.metadata_mut() = self.metadata.clone();
        Ok(client.unary(request, EXPORT, Encoded).await?.into_inner())
    }
}

#[cfg(feature = "tls")]
fn secured(endpoint: Endpoint, target: &OtlpTarget) -> Result<Endpoint, String> {
    use tonic::transport::{Certificate, ClientTlsConfig, Identity};

    if !target.endpoint.secure {
        return Ok(endpoint);
    }
    let mut tls = ClientTlsConfig::new().with_enabled_roots();
    if let Some(root) = &target.root_certificate {
        tls = tls.ca_certificate(Certificate::from_pem(root));
    }
    if let Some((certificate, key)) = &target.client_certificate {
        tls = tls.identity(Identity::from_pem(certificate, key.reveal()));
    }
    endpoint.tls_config(tls).map_err(|error| crate::causes::chain("TLS", &error))
}

#[cfg(not(feature = "tls"))]
fn secured(endpoint: Endpoint, _: &OtlpTarget) -> Result<Endpoint, String> {
    Ok(endpoint)
}

/// Messages as they are: they have been encoded before.
struct Encoded;

impl Codec for Encoded {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.reserve(message.len());
        buffer.put(message);
        Ok(())
    }
}

impl Decoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
