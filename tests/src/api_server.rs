//! A server that speaks Basalt's API from a script, and remembers what it was asked.

use std::{
    collections::HashMap,
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot};

/// What was asked, in the order of arrival.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Such as `GET`.
    pub method: String,
    /// With its query.
    pub path: String,
    /// All of them.
    pub headers: HeaderMap,
    /// Whole.
    pub body: Bytes,
}

/// An answer from the script.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
    delay: Duration,
    end: End,
}

#[derive(Debug, Clone, Copy)]
enum End {
    Whole,
    /// The connection closes before the answer.
    Dropped,
    /// The connection closes within the answer.
    Truncated,
}

impl Reply {
    /// JSON.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// Text.
    #[must_use]
    pub fn text(status: u16, body: impl Into<Bytes>) -> Self {
        Self::new(status, "text/plain", body)
    }

    /// Anything.
    #[must_use]
    pub fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status, headers, body: body.into(), delay: Duration::ZERO, end: End::Whole }
    }

    /// No answer: the connection closes.
    #[must_use]
    pub fn dropped() -> Self {
        Self { end: End::Dropped, ..Self::text(200, "") }
    }

    /// The connection closes half way.
    #[must_use]
    pub fn truncated(self) -> Self {
        Self { end: End::Truncated, ..self }
    }

    /// The answer waits first.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// Replies by method and path without its query: in turn, the last one for ever.
type Script = HashMap<(String, String), Vec<Reply>>;

/// Serves on a thread of its own until it is stopped or dropped: whoever asks may block the runtime they are on.
#[derive(Debug)]
pub struct ApiServer {
    address: SocketAddr,
    state: Arc<State>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct State {
    script: Mutex<Script>,
    asked: Mutex<Vec<Asked>>,
}

impl ApiServer {
    /// Without routes: everything is 404.
    #[must_use]
    pub fn start() -> Self {
        let state = Arc::new(State::default());
        let (stop, stopped) = oneshot::channel();
        let (told, address) = std::sync::mpsc::channel();
        let serving = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                told.send(listener.local_addr().unwrap()).unwrap();
                tokio::select! {
                    () = serve(listener, serving) => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        });
        Self { address: address.recv().unwrap(), state, stop: Some(stop), thread: Some(thread) }
    }

    /// The base of its URLs.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on, this path is answered so.
    pub fn route(&self, method: &str, path: &str, replies: impl IntoIterator<Item = Reply>) {
        let key = (method.to_owned(), path.to_owned());
        self.state.script.lock().unwrap().insert(key, replies.into_iter().collect());
    }

    /// What was asked so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.state.asked.lock().unwrap().clone()
    }

    /// Goes away: open connections are closed, and new ones refused.
    pub fn stop(&mut self) {
        self.stop.take().map(|stop| stop.send(()));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        self.stop.take().map(|stop| stop.send(()));
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    loop {
        let (connection, _) = listener.accept().await.unwrap();
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let answer = service_fn(|request| answer(request, Arc::clone(&state)));
            // Connections that end in an error are what the script wants.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(connection), answer).await;
        });
    }
}

type Body = http_body_util::combinators::BoxBody<Bytes, io::Error>;

async fn answer(request: Request<Incoming>, state: Arc<State>) -> Result<Response<Body>, io::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let method = head.method.to_string();
    let path = head.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let reply = state.reply(&method, head.uri.path());
    state.asked.lock().unwrap().push(Asked { method, path, headers: head.headers, body });
    tokio::time::sleep(reply.delay).await;

    let mut response = Response::builder().status(StatusCode::from_u16(reply.status).unwrap());
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    let whole =
        |body: Bytes| http_body_util::Full::new(body).map_err(|never: Infallible| match never {}).boxed();
    let body = match reply.end {
        End::Dropped => return Err(io::Error::other("dropped")),
        End::Whole => whole(reply.body),
        End::Truncated => {
            response = response.header("content-length", reply.body.len());
            let half = reply.body.slice(..reply.body.len() / 2);
            let broken = Err(io::Error::other("truncated"));
            StreamBody::new(stream::iter([Ok(Frame::data(half)), broken])).boxed()
        }
    };
    Ok(response.body(body).unwrap())
}

impl State {
    fn reply(&self, method: &str, path: &str) -> Reply {
        let mut script = self.script.lock().unwrap();
        match script.get_mut(&(method.to_owned(), path.to_owned())) {
            Some(replies) if replies.len() > 1 => replies.remove(0),
            Some(replies) => replies[0].clone(),
            None => Reply::json(404, &json!({"error": "no such route"})),
        }
    }
}
