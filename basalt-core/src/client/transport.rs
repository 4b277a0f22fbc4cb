//! Requests on their way, on a thread of their own: the only user of the HTTP client.

use std::{future::Future, pin::Pin, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use opentelemetry::Context;
use reqwest::{Client, Url};
use tokio::{
    runtime::Runtime,
    sync::{mpsc, oneshot},
};

use super::{
    ApiError, ApiUrl, Target,
    attachment::Stored,
    reply::{Missed, Reply},
};
use crate::{backoff::Backoff, causes::chain};

const SDK_TYPE: HeaderName = HeaderName::from_static("x-basalt-sdk-type");
const SDK_VERSION: HeaderName = HeaderName::from_static("x-basalt-sdk-version");

/// A request that is ready to be sent.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) content: Option<Content>,
}

#[derive(Debug)]
pub(super) enum Content {
    Json(Bytes),
    File(Stored),
}

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A thread with a runtime of its own, which outlives whatever runtime the caller has: connections stay usable from
/// everywhere, and whoever blocks on an answer blocks nobody who brings it.
#[derive(Debug)]
pub(super) struct Transport {
    base: ApiUrl,
    client: Client,
    /// What the API wants to see of everyone, the key among it.
    headers: HeaderMap,
    timeout: Duration,
    attempts: u32,
    /// Without it the thread ends.
    jobs: mpsc::UnboundedSender<Job>,
}

impl Transport {
    pub(super) fn start(target: &Target) -> Result<Self, ApiError> {
        let key = target.key.as_ref().ok_or(ApiError::NoApiKey)?;
        let base = target.base().map_err(|reason| unavailable(format!("its URL {reason}")))?;
        let bearer = HeaderValue::try_from(format!("Bearer {}", key.reveal()));
        let mut bearer = bearer.map_err(|_| unavailable("no header can carry the API key".to_owned()))?;
        bearer.set_sensitive(true);
        let headers = HeaderMap::from_iter([
            (header::AUTHORIZATION, bearer),
            (header::ACCEPT, HeaderValue::from_static("application/json")),
            (SDK_TYPE, HeaderValue::from_static("rust")),
            (SDK_VERSION, HeaderValue::from_static(env!("CARGO_PKG_VERSION"))),
        ]);
        let (client, jobs) = (client().map_err(unavailable)?, thread().map_err(unavailable)?);
        Ok(Self { base, client, headers, timeout: target.timeout, attempts: target.attempts, jobs })
    }

    pub(super) fn url(&self, path: &[String]) -> Url {
        self.base.join(path.iter().map(String::as_str))
    }

    pub(super) fn is_secure(&self) -> bool {
        self.base.is_secure()
    }

    /// To the API, with the key.
    pub(super) async fn send(&self, parcel: Parcel) -> Result<Reply, ApiError> {
        self.carry(parcel, self.headers.clone()).await
    }

    /// To wherever it is addressed. The answer is one of success. Whoever stops waiting gives the request up.
    pub(super) async fn carry(&self, mut parcel: Parcel, headers: HeaderMap) -> Result<Reply, ApiError> {
        parcel.headers.extend(headers);
        let attempts = if parcel.method.is_idempotent() { self.attempts } else { 1 };
        let errand = Errand { client: self.client.clone(), parcel, attempts, timeout: self.timeout };
        let (mut answer, answered) = oneshot::channel();
        let job = Box::pin(async move {
            tokio::select! {
                () = answer.closed() => {}
                reply = errand.run() => {
                    // Nobody may be waiting any more.
                    let _ = answer.send(reply);
                }
            }
        });
        let ended = || unavailable("its thread has ended".to_owned());
        self.jobs.send(job).map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }
}

fn unavailable(reason: String) -> ApiError {
    ApiError::Unavailable { reason }
}

/// The API does not move: a redirect would carry the key elsewhere.
fn client() -> Result<Client, String> {
    let agent = concat!("basalt-rust/", env!("CARGO_PKG_VERSION"));
    let builder = Client::builder().user_agent(agent).redirect(reqwest::redirect::Policy::none());
    #[cfg(feature = "tls")]
    let builder = builder.tls_backend_preconfigured(crate::tls::client(None, None)?);
    builder.build().map_err(|error| chain("the HTTP client", &error))
}

/// What runs jobs until nobody can send one any more. Nothing that happens there is observed.
fn thread() -> Result<mpsc::UnboundedSender<Job>, String> {
    let (jobs, mut incoming) = mpsc::unbounded_channel::<Job>();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime: Runtime = runtime.map_err(|error| chain("the runtime", &error))?;
    let work = move || {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        runtime.block_on(async {
            while let Some(job) = incoming.recv().await {
                tokio::spawn(job);
            }
        });
        runtime.shutdown_background();
    };
    let thread = std::thread::Builder::new().name("basalt-api".to_owned()).spawn(work);
    thread.map(|_| jobs).map_err(|error| chain("the thread", &error))
}

/// One request, with all its attempts.
struct Errand {
    client: Client,
    parcel: Parcel,
    attempts: u32,
    /// For one attempt, and for the longest pause that is worth waiting for.
    timeout: Duration,
}

impl Errand {
    async fn run(&self) -> Result<Reply, ApiError> {
        let mut backoff = Backoff::default();
        let mut attempts = 0;
        loop {
            attempts += 1;
            let last = attempts >= self.attempts;
            let pause = match self.attempt().await {
                Ok(reply) => {
                    match reply.asks_to_wait(backoff.next()).filter(|pause| *pause <= self.timeout) {
                        Some(pause) if !last => pause,
                        _ => return reply.judged(),
                    }
                }
                Err(Missed::Lost(_)) if !last => backoff.next(),
                Err(Missed::Lost(reason)) => return Err(ApiError::Unreachable { attempts, reason }),
                Err(Missed::Unusable(error)) => return Err(error),
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn attempt(&self) -> Result<Reply, Missed> {
        let exchange = async {
            let Parcel { method, url, headers, content } = &self.parcel;
            let mut request = self.client.request(method.clone(), url.clone()).headers(headers.clone());
            match content {
                Some(Content::Json(text)) => {
                    request = request.header(header::CONTENT_TYPE, "application/json").body(text.clone());
                }
                Some(Content::File(file)) => request = file.attached(request).await?,
                None => {}
            }
            Reply::read(request.send().await?).await
        };
        let answered = tokio::time::timeout(self.timeout, exchange).await;
        answered.unwrap_or_else(|_| Err(Missed::Lost(format!("no answer within {:?}", self.timeout))))
    }
}
