//! Connects to a host: TCP, through a proxy where there is one, and TLS where the URI says so.
//!
//! `https` goes through an HTTP proxy by CONNECT, and so does HTTP/2 without TLS; what is left of `http` is sent to the
//! proxy itself, with the whole URI. All of it has one time limit.

use std::{
    error::Error,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderValue, Uri};
use hyper_util::{
    client::{
        legacy::connect::{HttpConnector, proxy::Tunnel},
        proxy::matcher::Intercept,
    },
    rt::TokioIo,
};
use tower_service::Service;

use super::{Proxies, Stream, proxy::speaks_http};
use crate::{causes::chain, tls::Tls};

type Failure = Box<dyn Error + Send + Sync>;
type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send>>;

/// Servers that close idle connections without a word are found out.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// What is spoken over a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    Http1,
    #[cfg(feature = "otlp")]
    Http2,
}

/// Clones share their parts.
#[derive(Clone)]
pub(crate) struct Connector(Arc<Parts>);

struct Parts {
    tcp: HttpConnector,
    /// `None` without the feature `tls`, and where nothing is encrypted.
    tls: Option<Tls>,
    proxies: Proxies,
    version: Version,
    timeout: Duration,
}

impl Connector {
    pub(crate) fn new(version: Version, tls: Option<Tls>, proxies: Proxies, timeout: Duration) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEPALIVE));
        Self(Arc::new(Parts { tcp, tls, proxies, version, timeout }))
    }

    /// What a proxy wants to see in a request that it reads itself.
    pub(super) fn proxy_authorization(&self, target: &Uri) -> Option<HeaderValue> {
        let proxy = self.0.proxies.on_the_way(target).filter(|_| !self.tunnels(target))?;
        proxy.basic_auth().cloned()
    }

    async fn connect(self, target: Uri) -> Result<Stream, Failure> {
        let stream = match self.0.proxies.on_the_way(&target) {
            None => self.tcp(target.clone()).await?,
            Some(proxy) if !speaks_http(&proxy) => {
                return Err(
                    "the proxy of the environment is none for HTTP: set `HTTPS_PROXY` or `NO_PROXY`".into()
                );
            }
            Some(proxy) if self.tunnels(&target) => self.tunnel(proxy, &target).await?,
            Some(proxy) => self.reach(proxy).await?.proxied(),
        };
        if !is_secure(&target) {
            return Ok(stream);
        }
        let host = target.host().unwrap_or_default();
        Ok(self.tls()?.connect(host, stream).await?)
    }

    async fn tcp(&self, target: Uri) -> Result<Stream, Failure> {
        let connected = self.0.tcp.clone().call(target).await?;
        Ok(Stream::new(connected.into_inner()))
    }

    fn tls(&self) -> Result<&Tls, Failure> {
        let missing = "https needs TLS: enable the feature `tls-ring` or `tls-aws-lc`, or call `Builder::crypto_provider`";
        Ok(self.0.tls.as_ref().ok_or(missing)?)
    }

    /// To the proxy itself.
    async fn reach(&self, proxy: Intercept) -> Result<Stream, Failure> {
        let stream = self.tcp(proxy.uri().clone()).await;
        let stream = stream.map_err(|error| chain("the proxy cannot be reached", &*error))?;
        if !is_secure(proxy.uri()) {
            return Ok(stream);
        }
        let host = proxy.uri().host().unwrap_or_default();
        let secured = self.tls()?.connect_to_proxy(host, stream).await;
        Ok(secured.map_err(|reason| format!("the proxy cannot be reached: {reason}"))?)
    }

    /// Through the proxy, by CONNECT.
    async fn tunnel(&self, proxy: Intercept, target: &Uri) -> Result<Stream, Failure> {
        let mut tunnel = Tunnel::new(proxy.uri().clone(), Reach(self.clone(), proxy.clone()));
        if let Some(authorization) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(authorization.clone());
        }
        let stream = tunnel.call(with_port(target)?).await;
        let stream = stream.map_err(|error| chain("the proxy does not let us through", &error))?;
        Ok(stream.into_inner())
    }

    fn tunnels(&self, target: &Uri) -> bool {
        is_secure(target) || self.0.version != Version::Http1
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = Failure;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let (connector, timeout) = (self.clone(), self.0.timeout);
        Box::pin(async move {
            let connected = tokio::time::timeout(timeout, connector.connect(target)).await;
            let late = |_| format!("no connection within {timeout:?}");
            Ok(TokioIo::new(connected.map_err(late)??))
        })
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").field("proxies", &self.0.proxies).finish_non_exhaustive()
    }
}

/// Connects to a proxy, whatever the URI.
struct Reach(Connector, Intercept);

impl Service<Uri> for Reach {
    type Response = TokioIo<Stream>;
    type Error = Failure;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let Self(connector, proxy) = self;
        let (connector, proxy) = (connector.clone(), proxy.clone());
        Box::pin(async move { Ok(TokioIo::new(connector.reach(proxy).await?)) })
    }
}

fn is_secure(uri: &Uri) -> bool {
    uri.scheme_str() == Some("https")
}

/// A tunnel takes 443 for any URI without a port.
fn with_port(target: &Uri) -> Result<Uri, http::Error> {
    let (host, secure) = (target.host().unwrap_or_default(), is_secure(target));
    let port = target.port_u16().unwrap_or(if secure { 443 } else { 80 });
    Uri::builder().scheme("https").authority(format!("{host}:{port}")).path_and_query("/").build()
}
