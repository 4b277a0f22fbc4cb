//! An OTLP collector in this process: gRPC and HTTP on one port, decoded by messages of our own, so that an
//! exporter's mistakes are not undone by its own code.

pub mod proto;
mod script;

use std::{
    collections::VecDeque,
    io::Read,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use basalt_tower::{Basalt, Builder, Protocol};
use bytes::{Buf, Bytes};
use flate2::read::GzDecoder;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use prost::Message;
use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
};

use proto::{AnyValue, ExportTraceServiceRequest, KeyValue, ResourceSpans, Span, Value};

const GRPC_PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const HTTP_PATH: &str = "/v1/traces";

pub use script::Act;

use crate::port::Port;

/// Takes whatever comes, until it is dropped, unless a script says otherwise.
#[derive(Debug)]
pub struct Collector {
    address: SocketAddr,
    kept: Arc<Kept>,
    serving: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Kept {
    batches: Mutex<Vec<Batch>>,
    /// What happens to the next requests, one after the other.
    script: Mutex<VecDeque<Act>>,
    knocks: AtomicUsize,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Batch {
    /// How it came.
    pub protocol: Protocol,
    /// With what.
    pub headers: HeaderMap,
    /// How long the message was, unpacked.
    pub bytes: usize,
    /// Whether it was compressed.
    pub compressed: bool,
    /// What was in it.
    pub resources: Vec<ResourceSpans>,
}

impl Collector {
    /// Listens on a loopback port.
    pub async fn start() -> Self {
        Self::serve(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    /// Listens on this one.
    #[must_use]
    pub fn listen(port: &Port) -> Self {
        Self::serve(port.listen())
    }

    /// Listens on an address that somebody else has reserved.
    #[must_use]
    pub fn listen_at(address: SocketAddr) -> Self {
        Self::serve(Port::listen_at(address))
    }

    fn serve(listener: TcpListener) -> Self {
        let address = listener.local_addr().unwrap();
        let kept = Arc::<Kept>::default();
        let shared = Arc::clone(&kept);
        let serving = tokio::spawn(async move {
            // Dropped with this task, and every connection with it.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let kept = Arc::clone(&shared);
                let service = service_fn(move |request| answer(request, Arc::clone(&kept)));
                connections.spawn(async move {
                    let server = auto::Builder::new(TokioExecutor::new());
                    let _ = server.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { address, kept, serving }
    }

    /// What happens to the next requests, one after the other; then all is well again.
    pub fn script(&self, acts: impl IntoIterator<Item = Act>) {
        self.kept.script.lock().unwrap().extend(acts);
    }

    /// All is well again from here on.
    pub fn forget_script(&self) {
        self.kept.script.lock().unwrap().clear();
    }

    /// How many requests have come, whatever became of them.
    #[must_use]
    pub fn knocks(&self) -> usize {
        self.kept.knocks.load(Ordering::SeqCst)
    }

    /// Closes the port and every connection.
    pub async fn stop(mut self) {
        self.close().await;
    }

    /// The same; what was received stays. A request that was being answered may still be among it.
    pub async fn close(&mut self) {
        self.serving.abort();
        let _ = (&mut self.serving).await;
    }

    /// Where it listens.
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
        self.kept.batches.lock().unwrap().clone()
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

async fn answer(request: Request<Incoming>, kept: Arc<Kept>) -> Result<script::Answer, script::Gone> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| script::Gone)?.to_bytes();
    kept.knocks.fetch_add(1, Ordering::SeqCst);
    let protocol = match head.uri.path() {
        GRPC_PATH => Protocol::Grpc,
        HTTP_PATH => Protocol::HttpProtobuf,
        _ => return Ok(script::plain(StatusCode::NOT_FOUND)),
    };
    let act = kept.script.lock().unwrap().pop_front().unwrap_or(Act::Take);
    if act.takes() {
        let (compressed, message) = match protocol {
            Protocol::Grpc => framed(&body),
            _ => (head.headers.get("content-encoding").is_some_and(|coding| coding == "gzip"), body),
        };
        let message = if compressed { unzipped(&message) } else { message.to_vec() };
        let Ok(request) = ExportTraceServiceRequest::decode(message.as_slice()) else {
            return Ok(script::plain(StatusCode::BAD_REQUEST));
        };
        let batch = Batch {
            protocol,
            headers: head.headers,
            bytes: message.len(),
            compressed,
            resources: request.resource_spans,
        };
        kept.batches.lock().unwrap().push(batch);
    }
    act.play(protocol).await
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
