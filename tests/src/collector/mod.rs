//! An OTLP collector in this process: gRPC and HTTP on one port, decoded by messages of our own, so that an
//! exporter's mistakes are not undone by its own code.

pub mod proto;

use std::{
    convert::Infallible,
    io::Read,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use basalt_tower::{Basalt, Builder, Protocol};
use bytes::{Buf, Bytes};
use flate2::read::GzDecoder;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use prost::Message;
use tokio::{net::TcpListener, task::JoinHandle};

use proto::{AnyValue, ExportTraceServiceRequest, KeyValue, ResourceSpans, Span, Value};

const GRPC_PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const HTTP_PATH: &str = "/v1/traces";

/// Takes whatever comes, until it is dropped.
#[derive(Debug)]
pub struct Collector {
    address: SocketAddr,
    batches: Arc<Mutex<Vec<Batch>>>,
    serving: JoinHandle<()>,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Batch {
    /// How it came.
    pub protocol: Protocol,
    /// With what.
    pub headers: HeaderMap,
    /// Whether it was compressed.
    pub compressed: bool,
    /// What was in it.
    pub resources: Vec<ResourceSpans>,
}

impl Collector {
    /// Listens on a loopback port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let batches: Arc<Mutex<Vec<Batch>>> = Arc::default();
        let kept = Arc::clone(&batches);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                let service = service_fn(move |request| answer(request, Arc::clone(&kept)));
                tokio::spawn(async move {
                    let server = auto::Builder::new(TokioExecutor::new());
                    let _ = server.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { address, batches, serving }
    }

    /// Its port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A builder that sends here.
    pub fn builder(&self, protocol: Protocol) -> Builder {
        Basalt::builder().endpoint(format!("http://{}", self.address)).protocol(protocol)
    }

    /// Everything received so far.
    #[must_use]
    pub fn batches(&self) -> Vec<Batch> {
        self.batches.lock().unwrap().clone()
    }

    /// Every span received so far.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let resources = self.batches().into_iter().flat_map(|batch| batch.resources);
        resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans).collect()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Span {
    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        find(&self.attributes, key)
    }
}

impl ResourceSpans {
    /// The value of an attribute of the service.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        find(&self.resource.as_ref()?.attributes, key)
    }
}

fn find<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    let attribute = attributes.iter().find(|attribute| attribute.key == key)?;
    attribute.value.as_ref().and_then(|AnyValue { value }| value.as_ref())
}

type Answer = Response<BoxBody<Bytes, Infallible>>;

async fn answer(request: Request<Incoming>, kept: Arc<Mutex<Vec<Batch>>>) -> Result<Answer, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let protocol = match head.uri.path() {
        GRPC_PATH => Protocol::Grpc,
        HTTP_PATH => Protocol::HttpProtobuf,
        _ => return Ok(plain(StatusCode::NOT_FOUND)),
    };
    let (compressed, message) = match protocol {
        Protocol::Grpc => framed(&body),
        _ => (head.headers.get("content-encoding").is_some_and(|coding| coding == "gzip"), body),
    };
    let message = if compressed { unzipped(&message) } else { message.to_vec() };
    let Ok(request) = ExportTraceServiceRequest::decode(message.as_slice()) else {
        return Ok(plain(StatusCode::BAD_REQUEST));
    };
    let batch = Batch { protocol, headers: head.headers, compressed, resources: request.resource_spans };
    kept.lock().unwrap().push(batch);
    Ok(match protocol {
        Protocol::Grpc => grpc_ok(),
        _ => protobuf_ok(),
    })
}

/// gRPC's frame: one byte for compression, four for the length.
fn framed(body: &Bytes) -> (bool, Bytes) {
    let mut frame = body.clone();
    let compressed = frame.get_u8() == 1;
    let length = frame.get_u32() as usize;
    assert_eq!(length, frame.remaining(), "one message per request");
    (compressed, frame)
}

fn unzipped(bytes: &[u8]) -> Vec<u8> {
    let mut unzipped = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut unzipped).unwrap();
    unzipped
}

fn plain(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default().boxed());
    *answer.status_mut() = status;
    answer
}

fn protobuf_ok() -> Answer {
    let mut answer = plain(StatusCode::OK);
    answer.headers_mut().insert("content-type", HeaderValue::from_static("application/x-protobuf"));
    answer
}

/// An empty message, and the status in the trailers.
fn grpc_ok() -> Answer {
    let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), HeaderValue::from_static("0"))]);
    let body = Full::new(Bytes::from_static(&[0; 5])).with_trailers(async move { Some(Ok(trailers)) });
    let mut answer = Response::new(body.boxed());
    answer.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    answer
}
