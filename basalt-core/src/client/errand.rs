//! One request, with all its attempts.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, header};
use reqwest::{Client, Url};

use super::{
    ApiError,
    attachment::Stored,
    reply::{Missed, Reply},
};
use crate::backoff::Backoff;

/// A request that is ready to be sent.
#[derive(Debug)]
pub(super) struct Outgoing {
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

/// A request on its way.
#[derive(Debug)]
pub(super) struct Errand {
    pub(super) outgoing: Outgoing,
    pub(super) attempts: u32,
    /// For one attempt, and for the longest pause that is worth waiting for.
    pub(super) timeout: Duration,
}

impl Errand {
    pub(super) async fn run(&self, client: &Client) -> Result<Reply, ApiError> {
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

    async fn attempt(&self, client: &Client) -> Result<Reply, Missed> {
        let exchange = async {
            let Outgoing { method, url, headers, content } = &self.outgoing;
            let mut request = client.request(method.clone(), url.clone()).headers(headers.clone());
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
