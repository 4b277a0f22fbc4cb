//! A destination of one's own choosing.

use std::{fmt, time::Duration};

use super::BuildError;
use crate::{
    export::{Endpoint, OtlpTarget, Protocol},
    secret::{Secret, without_secrets},
};

/// One collector, or any backend that speaks OTLP: [`Builder::destination`](super::Builder::destination).
///
/// Each destination has a queue, retries and figures of its own; one that is away does not hold up the others.
///
/// ```
/// use std::time::Duration;
///
/// use basalt_core::{Basalt, Otlp};
///
/// let basalt = Basalt::builder()
///     .destination(Otlp::new("http://127.0.0.1:4317").name("near"))
///     .destination(Otlp::new("http://otel.internal/v1/traces").header("x-tenant", "acme").gzip(true))
///     .build()?;
/// # Ok::<(), basalt_core::BuildError>(())
/// ```
#[derive(Clone)]
#[must_use = "nothing is sent there until a builder has it"]
pub struct Otlp {
    url: String,
    name: Option<String>,
    protocol: Option<Protocol>,
    api_key: Option<Secret>,
    headers: Vec<(String, Secret)>,
    gzip: Option<bool>,
    timeout: Duration,
    root_certificate: Option<String>,
    client_certificate: Option<(String, Secret)>,
    proxy: Option<String>,
}

impl Otlp {
    /// Where it is, as [`Builder::endpoint`](super::Builder::endpoint).
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            name: None,
            protocol: None,
            api_key: None,
            headers: Vec::new(),
            gzip: None,
            timeout: OtlpTarget::TIMEOUT,
            root_certificate: None,
            client_certificate: None,
            proxy: None,
        }
    }

    /// What it is called in log lines and in [`Health`](crate::Health). Defaults to its URL.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// How it is spoken to, where its URL does not tell. Defaults to what the URL says.
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// Sent as `authorization: Bearer …`; never logged or shown. Defaults to none: the key of the builder goes
    /// nowhere but to the builder's own endpoint.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into().into());
        self
    }

    /// A header sent with every batch. Its value is treated as a secret. Defaults to none.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into().into()));
        self
    }

    /// Whether batches are compressed. Defaults to what leaves this machine.
    pub fn gzip(mut self, yes: bool) -> Self {
        self.gzip = Some(yes);
        self
    }

    /// How long one attempt may take. Defaults to 10 seconds, at least a millisecond.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// A root certificate to trust besides the system's, as PEM. Defaults to none.
    pub fn root_certificate(mut self, pem: impl Into<String>) -> Self {
        self.root_certificate = Some(pem.into());
        self
    }

    /// The certificate that tells the collector who we are, and its key, as PEM. Defaults to none.
    pub fn client_certificate(mut self, certificate: impl Into<String>, key: impl Into<String>) -> Self {
        self.client_certificate = Some((certificate.into(), key.into().into()));
        self
    }

    /// The URL of an HTTP proxy on the way, such as `http://user:password@proxy:3128`. Defaults to those of the
    /// environment: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    pub(super) fn target(self) -> Result<OtlpTarget, BuildError> {
        let endpoint = checked(&self.url, self.protocol)?;
        let mut target =
            OtlpTarget::new(endpoint, headers(checked_key(self.api_key)?.as_ref(), self.headers)?);
        target.name = self.name.unwrap_or(target.name);
        target.gzip = self.gzip;
        if self.timeout < Duration::from_millis(1) {
            return Err(BuildError::Limit { option: "timeout (in milliseconds)", least: 1 });
        }
        target.timeout = self.timeout;
        target.root_certificate = self.root_certificate;
        target.client_certificate = self.client_certificate;
        target.proxy = self.proxy;
        Ok(target)
    }
}

impl fmt::Debug for Otlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Otlp")
            .field("url", &without_secrets(&self.url))
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The endpoint of a URL, if it is one and this build can reach it.
pub(super) fn checked(url: &str, protocol: Option<Protocol>) -> Result<Endpoint, BuildError> {
    let endpoint = match protocol {
        Some(protocol) => Endpoint::parse_for(url, protocol),
        None => Endpoint::parse(url),
    };
    let refused = |reason| BuildError::Endpoint { endpoint: without_secrets(url), reason };
    endpoint.and_then(Endpoint::supported).map_err(refused)
}

/// The key, if a header can carry it.
pub(super) fn checked_key(key: Option<Secret>) -> Result<Option<Secret>, BuildError> {
    key.map(|key| Secret::api_key(key.reveal())).transpose().map_err(|_| BuildError::ApiKey)
}

/// The headers of every batch, the key's among them.
pub(super) fn headers(
    api_key: Option<&Secret>,
    given: Vec<(String, Secret)>,
) -> Result<Vec<(String, Secret)>, BuildError> {
    for (name, value) in &given {
        let valid =
            http::HeaderName::try_from(name).is_ok() && http::HeaderValue::try_from(value.reveal()).is_ok();
        if !valid {
            return Err(BuildError::Header { name: name.clone() });
        }
    }
    let bearer = api_key.map(|key| ("authorization".to_owned(), format!("Bearer {}", key.reveal()).into()));
    Ok(bearer.into_iter().chain(given).collect())
}
