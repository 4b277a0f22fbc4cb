//! Requests on their way, on a thread of their own: the only user of the HTTP client.

use std::{io, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use tokio::{
    runtime::Runtime,
    sync::{mpsc, oneshot},
};

use super::{
    ApiError, ApiUrl, Target,
    errand::{Errand, Outgoing},
    reply::Reply,
};
use crate::{
    causes::chain,
    http_client::{Connector, HttpClient, Proxies, Version},
    tls::{Certificates, Provider, Tls},
    unobserved,
};

const SDK_TYPE: HeaderName = HeaderName::from_static("x-basalt-sdk-type");
const SDK_VERSION: HeaderName = HeaderName::from_static("x-basalt-sdk-version");

/// A request, and where its answer is waited for.
type Job = (Errand, oneshot::Sender<Result<Reply, ApiError>>);

/// A thread with a runtime of its own, which outlives whatever runtime the caller has: connections stay usable from
/// everywhere, and whoever blocks on an answer blocks nobody who brings it.
#[derive(Debug)]
pub(super) struct Transport {
    base: ApiUrl,
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
        let jobs = thread(target.provider.clone(), target.timeout)
            .map_err(|error| unavailable(chain("its thread", &error)))?;
        Ok(Self { base, headers, timeout: target.timeout, attempts: target.attempts, jobs })
    }

    /// Whether its thread has ended, and another one is to be started.
    pub(super) fn has_ended(&self) -> bool {
        self.jobs.is_closed()
    }

    /// One whose thread could not go on.
    #[cfg(test)]
    pub(super) fn ended(target: &Target) -> Self {
        Self { jobs: mpsc::unbounded_channel().0, ..Self::start(target).unwrap() }
    }

    /// `None` where it is too long.
    pub(super) fn url(&self, path: &[String]) -> Option<Uri> {
        self.base.join(path.iter().map(String::as_str))
    }

    pub(super) fn is_secure(&self) -> bool {
        self.base.is_secure()
    }

    /// To the API, with the key.
    pub(super) async fn send(&self, outgoing: Outgoing) -> Result<Reply, ApiError> {
        self.carry(outgoing, self.headers.clone()).await
    }

    /// To wherever it is addressed. The answer is one of success. Whoever stops waiting gives the request up.
    pub(super) async fn carry(&self, mut outgoing: Outgoing, headers: HeaderMap) -> Result<Reply, ApiError> {
        outgoing.headers.extend(headers);
        let attempts = if outgoing.method.is_idempotent() { self.attempts } else { 1 };
        let (answer, answered) = oneshot::channel();
        let errand = Errand { outgoing, attempts, timeout: self.timeout };
        let ended = || unavailable("its thread has ended".to_owned());
        self.jobs.send((errand, answer)).map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }
}

fn unavailable(reason: String) -> ApiError {
    ApiError::Unavailable { reason }
}

fn client(provider: &Provider, timeout: Duration) -> Result<HttpClient, String> {
    let tls = Tls::new(provider, Certificates::default(), Version::Http1)?;
    Ok(HttpClient::new(Connector::new(Version::Http1, tls, Proxies::of_environment(), timeout)))
}

/// Starts the thread that runs jobs until nobody can send one any more. Nothing that happens there is observed.
fn thread(provider: Provider, timeout: Duration) -> io::Result<mpsc::UnboundedSender<Job>> {
    let (jobs, incoming) = mpsc::unbounded_channel();
    spawn(move || work(incoming, &provider, timeout))?;
    Ok(jobs)
}

fn spawn(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let unobserved = || unobserved::thread(work);
    std::thread::Builder::new().name("basalt-api".to_owned()).spawn(unobserved).map(drop)
}

/// Where the runtime or the client cannot be made, those who wait hear why, and the next request starts another thread.
fn work(mut incoming: mpsc::UnboundedReceiver<Job>, provider: &Provider, timeout: Duration) {
    match prepared(provider, timeout) {
        Ok((runtime, client)) => {
            runtime.block_on(async {
                while let Some(job) = incoming.recv().await {
                    tokio::spawn(run(job, client.clone()));
                }
            });
            runtime.shutdown_background();
        }
        Err(reason) => {
            incoming.close();
            while let Some((_, answer)) = incoming.blocking_recv() {
                let _ = answer.send(Err(unavailable(reason.clone())));
            }
        }
    }
}

fn prepared(provider: &Provider, timeout: Duration) -> Result<(Runtime, HttpClient), String> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().on_thread_start(unobserved::mark).build();
    Ok((runtime.map_err(|error| chain("its runtime", &error))?, client(provider, timeout)?))
}

/// Whoever stops waiting gives the request up.
async fn run((errand, mut answer): Job, client: HttpClient) {
    tokio::select! {
        () = answer.closed() => {}
        reply = errand.run(&client) => {
            // Nobody may be waiting any more.
            let _ = answer.send(reply);
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::Context;

    use super::*;

    #[test]
    fn what_the_thread_does_is_observed_by_nobody() {
        let (done, seen) = std::sync::mpsc::channel();
        let here = || (unobserved::here(), Context::is_current_telemetry_suppressed());
        spawn(move || done.send(here()).unwrap()).unwrap();
        assert_eq!(seen.recv().unwrap(), (true, true));
        assert_eq!(here(), (false, false));
    }
}
