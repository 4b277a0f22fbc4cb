//! Exporters for OTLP, over gRPC and over HTTP.

use std::time::Duration;

use opentelemetry_otlp::{
    Compression, SpanExporter, WithExportConfig, WithHttpConfig, WithTonicConfig,
    tonic_types::metadata::MetadataMap,
};

use super::{Exporter, OtlpTarget, Protocol};

/// For one batch, its retries included.
const TIMEOUT: Duration = Duration::from_secs(10);

pub(super) fn exporter(target: OtlpTarget) -> Result<Box<dyn Exporter>, String> {
    let exporter = match target.endpoint.protocol {
        Protocol::Grpc => grpc(target),
        Protocol::HttpProtobuf => http(target),
    };
    Ok(Box::new(exporter?))
}

fn grpc(target: OtlpTarget) -> Result<SpanExporter, String> {
    let mut headers = http::HeaderMap::new();
    for (name, value) in &target.headers {
        let (Ok(name), Ok(mut value)) =
            (http::HeaderName::try_from(name), http::HeaderValue::try_from(value.reveal()))
        else {
            return Err(format!("the header `{name}` cannot be sent"));
        };
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    let mut builder = SpanExporter::builder()
        .with_tonic()
        .with_metadata(MetadataMap::from_headers(headers))
        .with_timeout(TIMEOUT);
    if compressed(&target) {
        builder = builder.with_compression(Compression::Gzip);
    }
    #[cfg(feature = "tls")]
    if target.endpoint.secure {
        use opentelemetry_otlp::tonic_types::transport::ClientTlsConfig;
        builder = builder.with_tls_config(ClientTlsConfig::new().with_enabled_roots());
    }
    builder.with_endpoint(target.endpoint.url).build().map_err(|error| error.to_string())
}

fn http(target: OtlpTarget) -> Result<SpanExporter, String> {
    let headers = target.headers.iter().map(|(name, value)| (name.clone(), value.reveal().to_owned()));
    let mut builder = SpanExporter::builder()
        .with_http()
        .with_protocol(opentelemetry_otlp::Protocol::HttpBinary)
        .with_http_client(client()?)
        .with_headers(headers.collect())
        .with_timeout(TIMEOUT);
    if compressed(&target) {
        builder = builder.with_compression(Compression::Gzip);
    }
    builder.with_endpoint(target.endpoint.url).build().map_err(|error| error.to_string())
}

/// A collector does not move: a redirect would carry the key elsewhere.
fn client() -> Result<reqwest::Client, String> {
    let builder = reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none());
    #[cfg(feature = "tls")]
    let builder = builder.tls_backend_preconfigured(tls()?);
    builder.build().map_err(|error| error.to_string())
}

/// Ring, as in tonic, and the system's root certificates.
#[cfg(feature = "tls")]
fn tls() -> Result<rustls::ClientConfig, String> {
    use std::sync::Arc;

    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config =
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// Bytes are dear only on the way to somewhere else.
fn compressed(target: &OtlpTarget) -> bool {
    target.endpoint.is_remote()
}
