//! One request, with all its attempts.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, header};

use super::{
    ApiError,
    attachment::Stored,
    reply::{Missed, Reply},
};
use crate::{
    backoff::Backoff,
    http_client::{Body, HttpClient},
};

/// A request that is ready to be sent.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) method: Method,
    pub(super) url: Uri,
    pub(super) headers: HeaderMap,
    pub(super) content: Option<Content>,
}

#[derive(Debug)]
pub(super) enum Content {
    Json(Bytes),
    File(Stored),
}

/// A request on its way.
#[derive(Debug)]
pub(super) struct Errand {
    pub(super) outgoing: Outgoing,
    pub(super) attempts: u32,
    /// For one attempt, and for the longest pause that is worth waiting for.
    pub(super) timeout: Duration,
}

impl Errand {
    pub(super) async fn run(&self, client: &HttpClient) -> Result<Reply, ApiError> {
        let mut backoff = Backoff::default();
        let mut attempts = 0;
        loop {
            attempts += 1;
            let last = attempts >= self.attempts;
            let pause = match self.attempt(client).await {
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

    async fn attempt(&self, client: &HttpClient) -> Result<Reply, Missed> {
        let exchange = async {
            let request = self.outgoing.request().await?;
            Reply::read(client.send(request).await.map_err(|error| Missed::broken(&error))?).await
        };
        let answered = tokio::time::timeout(self.timeout, exchange).await;
        answered.unwrap_or_else(|_| Err(Missed::Lost(format!("no answer within {:?}", self.timeout))))
    }
}

impl Outgoing {
    async fn request(&self) -> Result<Request<Body>, Missed> {
        let (body, kind) = match &self.content {
            Some(Content::Json(text)) => (Body::Bytes(text.clone()), Some("application/json")),
            Some(Content::File(file)) => (file.body().await?, Some(file.content_type)),
            None => (Body::empty(), None),
        };
        let mut request = Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.url.clone();
        *request.headers_mut() = self.headers.clone();
        if let Some(kind) = kind {
            request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        Ok(request)
    }
}
