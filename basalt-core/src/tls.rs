//! TLS towards collectors and the Basalt API: rustls, on the crypto provider that the program has chosen.
//!
//! A provider is looked for in this order: [`Builder::crypto_provider`](crate::Builder::crypto_provider), the one that
//! the program has installed for the process, the feature `tls-aws-lc` or `tls-ring`. None is ever installed here:
//! other users of rustls in the program see nothing of it.

use std::{fmt, io, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, Error, RootCertStore,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use tokio_rustls::TlsConnector;

use crate::{
    http_client::{Stream, Version},
    secret::Secret,
};

/// The crypto provider of a program, if it has one.
#[derive(Clone, Default)]
pub(crate) struct Provider(Option<Arc<CryptoProvider>>);

impl Provider {
    pub(crate) fn given(provider: Arc<CryptoProvider>) -> Self {
        Self(Some(provider))
    }

    /// The one that was given, or the program's choice.
    pub(crate) fn chosen(self) -> Self {
        let installed = || CryptoProvider::get_default().cloned();
        Self(self.0.or_else(installed).or_else(of_features))
    }

    /// Whether nothing can be encrypted.
    pub(crate) fn is_missing(&self) -> bool {
        self.0.is_none()
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("missing", &self.is_missing()).finish()
    }
}

fn of_features() -> Option<Arc<CryptoProvider>> {
    #[cfg(feature = "tls-aws-lc")]
    return Some(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    #[cfg(all(feature = "tls-ring", not(feature = "tls-aws-lc")))]
    return Some(Arc::new(rustls::crypto::ring::default_provider()));
    #[cfg(not(any(feature = "tls-ring", feature = "tls-aws-lc")))]
    None
}

/// Certificates besides the system's roots, as PEM.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Certificates<'a> {
    pub(crate) root: Option<&'a str>,
    /// And its key.
    pub(crate) client: Option<&'a (String, Secret)>,
}

impl Certificates<'_> {
    /// Whether they can be read at all, for endpoints that do not need them.
    #[cfg(feature = "otlp")]
    pub(crate) fn check(self) -> Result<(), String> {
        self.roots(RootCertStore::empty())?;
        self.identity().map(drop)
    }

    fn roots(self, mut roots: RootCertStore) -> Result<RootCertStore, String> {
        if let Some(pem) = self.root {
            for certificate in certificates(pem, "root_certificate")? {
                roots.add(certificate).map_err(|error| format!("`root_certificate`: {error}"))?;
            }
        }
        Ok(roots)
    }

    fn identity(self) -> Result<Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>, String> {
        let Some((pem, key)) = self.client else { return Ok(None) };
        let key = PrivateKeyDer::from_pem_slice(key.reveal().as_bytes())
            .map_err(|_| "`client_certificate`: the key is no PEM".to_owned())?;
        Ok(Some((certificates(pem, "client_certificate")?, key)))
    }
}

fn certificates(pem: &str, option: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(format!("`{option}`: there is no certificate in it: give it as PEM")),
    }
}

/// Encrypts connections. Clones share it.
#[derive(Clone)]
pub(crate) struct Tls {
    to_target: TlsConnector,
    to_proxy: TlsConnector,
    version: Version,
    /// Nobody is trusted: the system has no root certificates, and none was given.
    rootless: bool,
}

impl Tls {
    /// `None` without a provider.
    pub(crate) fn new(
        Provider(provider): &Provider,
        certificates: Certificates<'_>,
        version: Version,
    ) -> Result<Option<Self>, String> {
        let Some(provider) = provider else { return Ok(None) };
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let roots = certificates.roots(roots)?;
        let rootless = roots.is_empty();
        let config = ClientConfig::builder_with_provider(Arc::clone(provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("the crypto provider cannot be used: {error}"))?
            .with_root_certificates(roots);
        let plain = config.clone().with_no_client_auth();
        let mut config = match certificates.identity()? {
            None => config.with_no_client_auth(),
            Some((chain, key)) => config
                .with_client_auth_cert(chain, key)
                .map_err(|error| format!("`client_certificate`: {error}"))?,
        };
        config.alpn_protocols = vec![protocol(version).to_vec()];
        let (to_target, to_proxy) = (Arc::new(config).into(), Arc::new(plain).into());
        Ok(Some(Self { to_target, to_proxy, version, rootless }))
    }

    /// To a collector or the API.
    pub(crate) async fn connect(&self, host: &str, stream: Stream) -> Result<Stream, String> {
        let connected = self.to_target.connect(server_name(host)?, stream).await;
        let connected = connected.map_err(|error| self.explained(&error))?;
        let agreed = connected.get_ref().1.alpn_protocol();
        // Servers of HTTP/1.1 need not say so.
        if self.version != Version::Http1 && agreed != Some(protocol(self.version)) {
            return Err(
                "TLS: the server does not speak HTTP/2: is the endpoint one for OTLP over gRPC?".to_owned()
            );
        }
        Ok(Stream::new(connected))
    }

    /// To a proxy, which is told neither who we are nor what is spoken behind it.
    pub(crate) async fn connect_to_proxy(&self, host: &str, stream: Stream) -> Result<Stream, String> {
        let connected = self.to_proxy.connect(server_name(host)?, stream).await;
        Ok(Stream::new(connected.map_err(|error| self.explained(&error))?))
    }

    fn explained(&self, error: &io::Error) -> String {
        let cure = match error.get_ref().and_then(|error| error.downcast_ref::<Error>()) {
            Some(Error::InvalidMessage(_)) => "; does the port speak TLS? if not, write the URL with http",
            Some(Error::InvalidCertificate(CertificateError::UnknownIssuer)) if self.rootless => {
                "; this system has no root certificates: install them (`ca-certificates`)"
            }
            Some(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
                "; is its root certificate among the system's, or given as `root_certificate`?"
            }
            Some(Error::AlertReceived(rustls::AlertDescription::NoApplicationProtocol)) => {
                "; the server speaks another version of HTTP: check `protocol`"
            }
            _ => "",
        };
        format!("TLS: {error}{cure}")
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("version", &self.version).finish_non_exhaustive()
    }
}

fn protocol(version: Version) -> &'static [u8] {
    match version {
        Version::Http1 => b"http/1.1",
        #[cfg(feature = "otlp")]
        Version::Http2 => b"h2",
    }
}

/// A name or an address; of IPv6, a URI has it in brackets.
fn server_name(host: &str) -> Result<ServerName<'static>, String> {
    let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    ServerName::try_from(name).map_err(|_| format!("TLS: no certificate can be for the host `{host}`"))
}
