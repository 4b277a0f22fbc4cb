//! HTTP/1.1 to collectors and to the Basalt API: one pool of connections over one connector for TCP, proxies and TLS.
//!
//! Redirects are not followed: neither a collector nor the API moves, and the key would go along.

mod body;
mod connector;
mod proxy;
mod stream;

use std::{future::poll_fn, pin::pin, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, Response, header};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, Error},
    rt::{TokioExecutor, TokioTimer},
};

pub(crate) use body::Body;
pub(crate) use connector::{Connector, Version};
pub(crate) use proxy::Proxies;
pub(crate) use stream::Stream;

/// Sent as `user-agent`.
pub(crate) const USER_AGENT: &str = concat!("basalt-rust/", env!("CARGO_PKG_VERSION"));

/// How long a connection that nobody uses is kept.
const IDLE: Duration = Duration::from_secs(90);

/// A pool of connections. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct HttpClient {
    pool: Client<Connector, Body>,
    connector: Connector,
}

impl HttpClient {
    pub(crate) fn new(connector: Connector) -> Self {
        let pool = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(connector.clone());
        Self { pool, connector }
    }

    /// Sends a request with an absolute URI, and waits for the head of the answer. There is no time limit.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Result<Response<Incoming>, Error> {
        let authorization = self.connector.proxy_authorization(request.uri());
        let headers = request.headers_mut();
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        if let Some(authorization) = authorization {
            headers.insert(header::PROXY_AUTHORIZATION, authorization);
        }
        self.pool.request(request).await
    }
}

/// The whole body, or `None` if it is longer than the limit.
pub(crate) async fn read<B: http_body::Body<Data = Bytes>>(
    body: B,
    limit: usize,
) -> Result<Option<Bytes>, B::Error> {
    let mut body = pin!(body);
    let mut whole = BytesMut::new();
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        if let Ok(data) = frame?.into_data() {
            if data.len() > limit.saturating_sub(whole.len()) {
                return Ok(None);
            }
            whole.extend_from_slice(&data);
        }
    }
    Ok(Some(whole.freeze()))
}

/// Whether a web page has come back, as it does from a host that is something else.
pub(crate) fn is_page(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"))
}
