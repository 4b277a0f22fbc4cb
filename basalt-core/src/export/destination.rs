//! Where spans go.

use std::{sync::Arc, time::Duration};

use opentelemetry_sdk::Resource;

use super::{
    Endpoint, Exporter, Place,
    console::{Console, Printer},
    lane::Carrier,
};
#[cfg(feature = "otlp")]
use crate::{
    http_client::{Connector, Proxies, Version},
    tls::{Certificates, Tls},
};
use crate::{secret::Secret, tls::Provider};

/// One place that receives every span.
#[derive(Debug)]
pub(crate) enum Destination {
    Otlp(Box<OtlpTarget>),
    Console {
        /// Without colours, even on a terminal.
        plain: bool,
        printer: Printer,
    },
    Custom(Box<dyn Exporter>),
}

/// A collector, and what it wants to see.
#[derive(Debug)]
#[cfg_attr(not(feature = "otlp"), expect(dead_code, reason = "nothing is sent"))]
pub(crate) struct OtlpTarget {
    /// The URL without its query, unless it was given one.
    pub(crate) name: String,
    pub(crate) endpoint: Endpoint,
    pub(crate) headers: Vec<(String, Secret)>,
    /// None to compress only what leaves the machine.
    pub(crate) gzip: Option<bool>,
    /// For one attempt.
    pub(crate) timeout: Duration,
    /// PEM.
    pub(crate) root_certificate: Option<String>,
    /// PEM, and its key.
    pub(crate) client_certificate: Option<(String, Secret)>,
    pub(crate) proxy: Option<String>,
    /// For `https`.
    pub(crate) provider: Provider,
    /// For batches that wait too long.
    pub(crate) spool: Option<Place>,
}

impl OtlpTarget {
    /// For one attempt, where nobody says otherwise.
    pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

    pub(crate) fn new(endpoint: Endpoint, headers: Vec<(String, Secret)>) -> Self {
        Self {
            name: endpoint.name().to_owned(),
            endpoint,
            headers,
            gzip: None,
            timeout: Self::TIMEOUT,
            root_certificate: None,
            client_certificate: None,
            proxy: None,
            provider: Provider::default(),
            spool: None,
        }
    }

    /// What every batch is sent with. Values are secrets.
    #[cfg(feature = "otlp")]
    pub(super) fn header_map(&self) -> Result<http::HeaderMap, String> {
        let mut headers = http::HeaderMap::new();
        for (name, value) in &self.headers {
            let header =
                http::HeaderName::try_from(name).ok().zip(http::HeaderValue::try_from(value.reveal()).ok());
            let (name, mut value) = header.ok_or_else(|| format!("the header `{name}` cannot be sent"))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(headers)
    }

    /// What connects to it.
    #[cfg(feature = "otlp")]
    pub(super) fn connector(&self, version: Version) -> Result<Connector, String> {
        let proxies = match &self.proxy {
            Some(url) => Proxies::given(url)?,
            None => Proxies::of_environment(),
        };
        let root = self.root_certificate.as_deref();
        let certificates = Certificates { root, client: self.client_certificate.as_ref() };
        let tls = if self.endpoint.secure || proxies.are_secure() {
            Tls::new(&self.provider, certificates, version)?
        } else {
            certificates.check()?;
            None
        };
        Ok(Connector::new(version, tls, proxies, self.timeout))
    }

    /// Bytes are dear only on the way to somewhere else.
    #[cfg(feature = "otlp")]
    pub(super) fn compressed(&self) -> bool {
        self.gzip.unwrap_or_else(|| self.endpoint.is_remote())
    }
}

impl Destination {
    /// Inside the delivery runtime, which connections need.
    pub(super) fn carrier(self, resource: &Resource) -> Result<Carrier, String> {
        let mut exporter: Box<dyn Exporter> = match self {
            Self::Custom(exporter) => exporter,
            Self::Console { plain, printer } => Box::new(Console::new(plain, printer)),
            #[cfg(feature = "otlp")]
            Self::Otlp(target) => {
                return Ok(Carrier::Collector(Box::new(super::otlp::Collector::open(&target)?)));
            }
            #[cfg(not(feature = "otlp"))]
            Self::Otlp(_) => {
                return Err("this build cannot send: enable the feature `otlp` of basalt-core".to_owned());
            }
        };
        exporter.set_resource(resource);
        Ok(Carrier::Exporter(Arc::from(exporter)))
    }

    /// Where batches go that wait too long.
    pub(super) fn spool(&self) -> Option<&Place> {
        match self {
            Self::Otlp(target) => target.spool.as_ref(),
            Self::Console { .. } | Self::Custom(_) => None,
        }
    }

    /// For log lines and health; never with a secret in it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Otlp(target) => target.name.clone(),
            Self::Console { .. } => "console".to_owned(),
            Self::Custom(_) => "exporter".to_owned(),
        }
    }
}
