//! A gRPC service that does what it is told, on a real server.

use std::{net::SocketAddr, pin::Pin, sync::Arc};

use basalt_tower::{BasaltLayer, RequestSpan, observe};
use futures_util::{Stream, StreamExt, future, stream};
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};
use tonic::{
    Code, Request, Response, Status, Streaming,
    transport::{Server, server::TcpIncoming},
};

use self::talk::{talk_client::TalkClient, talk_server::Talk};

/// What the service and its client send.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Line {
    /// What is said.
    #[prost(string, tag = "1")]
    pub text: String,
}

/// The client and the server of `test.Talk`.
#[allow(missing_docs, unreachable_pub, clippy::all, reason = "generated")]
pub mod talk {
    include!(concat!(env!("OUT_DIR"), "/test.Talk.rs"));
}

pub use talk::talk_server::TalkServer;

/// Lines as they come.
pub type Lines = Pin<Box<dyn Stream<Item = Result<Line, Status>> + Send>>;

/// One word decides what a method does: the name of a status fails with it, `wait` never comes to an end,
/// `panic` panics, and everything else is answered, with a step called `step {word}`.
#[derive(Debug, Clone, Default)]
pub struct Obedient {
    /// Told when a method waits.
    pub waiting: Arc<Notify>,
}

/// One line.
#[must_use]
pub fn line(text: &str) -> Line {
    Line { text: text.to_owned() }
}

impl Obedient {
    async fn obey(self, word: String) -> Result<Line, Status> {
        let failures = [
            ("not found", Code::NotFound),
            ("internal", Code::Internal),
            ("late", Code::DeadlineExceeded),
            ("lost", Code::DataLoss),
        ];
        if let Some((_, code)) = failures.iter().find(|(failure, _)| *failure == word) {
            return Err(Status::new(*code, "as told"));
        }
        match word.as_str() {
            "panic" => panic!("as told"),
            "wait" => {
                self.waiting.notify_one();
                future::pending().await
            }
            _ => Ok(observe::observe(format!("step {word}")).run(|_| async { line(&word) }).await),
        }
    }
}

#[tonic::async_trait]
impl Talk for Obedient {
    type TellStream = Lines;
    type EchoStream = Lines;

    async fn say(&self, request: Request<Line>) -> Result<Response<Line>, Status> {
        if let Some(span) = request.extensions().get::<RequestSpan>() {
            span.set_input(&request.get_ref().text);
        }
        self.clone().obey(request.into_inner().text).await.map(Response::new)
    }

    /// Obeys word by word.
    async fn tell(&self, request: Request<Line>) -> Result<Response<Lines>, Status> {
        let words = request.into_inner().text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let service = self.clone();
        Ok(Response::new(stream::iter(words).then(move |word| service.clone().obey(word)).boxed()))
    }

    /// Obeys the last word of all.
    async fn gather(&self, request: Request<Streaming<Line>>) -> Result<Response<Line>, Status> {
        let mut lines = request.into_inner();
        let mut last = String::new();
        while let Some(line) = lines.message().await? {
            observe::observe(format!("heard {}", line.text)).start().end();
            last = line.text;
        }
        self.clone().obey(last).await.map(Response::new)
    }

    /// Obeys as words come.
    async fn echo(&self, request: Request<Streaming<Line>>) -> Result<Response<Lines>, Status> {
        let service = self.clone();
        let answer = move |line: Result<Line, Status>| {
            let service = service.clone();
            async move { service.obey(line?.text).await }
        };
        Ok(Response::new(request.into_inner().then(answer).boxed()))
    }
}

/// Serves until it is dropped.
#[derive(Debug)]
pub struct GrpcServer {
    address: SocketAddr,
    served: JoinHandle<()>,
}

impl GrpcServer {
    /// Serves [`Obedient`] below a layer, on tonic's own server.
    pub async fn start(layer: BasaltLayer, service: Obedient) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::builder().layer(layer).add_service(TalkServer::new(service));
        let incoming = TcpIncoming::from(listener);
        let served = tokio::spawn(async move { server.serve_with_incoming(incoming).await.unwrap() });
        Self { address, served }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for GrpcServer {
    fn drop(&mut self) {
        self.served.abort();
    }
}

/// tonic's client of a server.
pub async fn client(address: SocketAddr) -> TalkClient<tonic::transport::Channel> {
    TalkClient::connect(format!("http://{address}")).await.unwrap()
}
