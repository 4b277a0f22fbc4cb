//! A collector that only counts: OTLP over gRPC and HTTP on one port, decoded as far as spans can be counted.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use bytes::{Buf, Bytes};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::{
    body::{Frame, Incoming},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use prost::Message;
use serde::{Deserialize, Serialize};
use tokio::net::{TcpListener, TcpStream};

use crate::{
    pipe::{Partner, tell},
    workload::current_thread,
};

/// What has come in the name of one service.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Count {
    pub(crate) spans: u64,
    pub(crate) batches: u64,
}

type Counts = BTreeMap<String, Count>;

/// A collector in a process of its own.
#[derive(Debug)]
pub(crate) struct Sink {
    partner: Partner,
    port: u16,
}

impl Sink {
    /// On a core, if it is named; on a port, unless it is 0; every answer so much later.
    pub(crate) fn start(core: Option<usize>, port: u16, delay: Duration) -> Result<Self> {
        let (port, delay) = (port.to_string(), delay.as_millis().to_string());
        let mut partner = Partner::start(core, &["collect", "--port", &port, "--delay", &delay])?;
        let port = partner.hear()?.parse()?;
        Ok(Self { partner, port })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Of a service, so far.
    pub(crate) fn count(&mut self, service: &str) -> Result<Count> {
        let counts: Counts = serde_json::from_str(&self.partner.ask("counts")?)?;
        Ok(counts.get(service).copied().unwrap_or_default())
    }
}

/// The other side: listens, and tells the counts for every line on standard input.
pub(crate) fn collect(port: u16, delay: Duration) -> Result<()> {
    let counts = Arc::<Mutex<Counts>>::default();
    let asked = Arc::clone(&counts);
    std::thread::spawn(move || -> Result<()> {
        for line in std::io::stdin().lines() {
            line?;
            let counts = asked.lock().unwrap_or_else(PoisonError::into_inner).clone();
            tell(serde_json::to_string(&counts)?)?;
        }
        std::process::exit(0)
    });
    current_thread()?.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        tell(listener.local_addr()?.port())?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(serve(stream, Arc::clone(&counts), delay));
        }
    })
}

async fn serve(stream: TcpStream, counts: Arc<Mutex<Counts>>, delay: Duration) {
    let service = service_fn(move |request| answer(request, Arc::clone(&counts), delay));
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http2().initial_stream_window_size(8 << 20).initial_connection_window_size(16 << 20);
    let _ = server.serve_connection(TokioIo::new(stream), service).await;
}

type Answer = Response<BoxBody<Bytes, Infallible>>;

async fn answer(request: Request<Incoming>, counts: Arc<Mutex<Counts>>, delay: Duration) -> Result<Answer> {
    let grpc = request.uri().path().ends_with("/Export");
    let begun = Instant::now();
    let mut message = request.into_body().collect().await?.to_bytes();
    if grpc {
        // The frame: a byte for compression, four for the length.
        message.advance(5.min(message.len()));
    }
    let request = Export::decode(message).context("no spans")?;
    {
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        request.resources.iter().for_each(|resource| resource.add_to(&mut counts));
    }
    if !delay.is_zero() {
        tokio::time::sleep(delay.saturating_sub(begun.elapsed())).await;
    }
    Ok(if grpc { accepted_by_grpc() } else { accepted() })
}

/// An empty message, and all is well.
fn accepted_by_grpc() -> Answer {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let frames = [Frame::data(Bytes::from_static(&[0; 5])), Frame::trailers(trailers)];
    let body = StreamBody::new(futures_util::stream::iter(frames.map(Ok)));
    let mut response = Response::new(BodyExt::boxed(body));
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    response
}

fn accepted() -> Answer {
    let mut response = Response::new(BodyExt::boxed(Full::default()));
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/x-protobuf"));
    response
}

/// `ExportTraceServiceRequest`, as far as it is read.
#[derive(Clone, PartialEq, Message)]
struct Export {
    #[prost(message, repeated, tag = "1")]
    resources: Vec<ResourceSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scopes: Vec<ScopeSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<Attribute>,
}

#[derive(Clone, PartialEq, Message)]
struct Attribute {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<Text>,
}

#[derive(Clone, PartialEq, Message)]
struct Text {
    #[prost(string, tag = "1")]
    text: String,
}

#[derive(Clone, PartialEq, Message)]
struct ScopeSpans {
    /// Not looked into.
    #[prost(bytes = "bytes", repeated, tag = "2")]
    spans: Vec<Bytes>,
}

impl ResourceSpans {
    fn add_to(&self, counts: &mut Counts) {
        let attributes = self.resource.iter().flat_map(|resource| &resource.attributes);
        let name = attributes.filter(|one| one.key == "service.name").find_map(|one| one.value.as_ref());
        let count = counts.entry(name.map(|name| name.text.clone()).unwrap_or_default()).or_default();
        count.spans += self.scopes.iter().map(|scope| scope.spans.len() as u64).sum::<u64>();
        count.batches += 1;
    }
}
