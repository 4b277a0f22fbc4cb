//! TLS over HTTP, towards collectors and the Basalt API: rustls on ring.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use crate::secret::Secret;

/// The system's root certificates, one more, and a client certificate with its key: each as PEM.
pub(crate) fn client(
    root_certificate: Option<&str>,
    client_certificate: Option<&(String, Secret)>,
) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(pem) = root_certificate {
        for certificate in certificates(pem, "root_certificate")? {
            roots.add(certificate).map_err(|error| format!("`root_certificate`: {error}"))?;
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots);
    match client_certificate {
        None => Ok(config.with_no_client_auth()),
        Some((pem, key)) => {
            let key = PrivateKeyDer::from_pem_slice(key.reveal().as_bytes())
                .map_err(|_| "`client_certificate`: the key is no PEM".to_owned())?;
            let chain = certificates(pem, "client_certificate")?;
            config.with_client_auth_cert(chain, key).map_err(|error| format!("`client_certificate`: {error}"))
        }
    }
}

fn certificates(pem: &str, option: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(format!("`{option}`: there is no certificate in it: give it as PEM")),
    }
}
