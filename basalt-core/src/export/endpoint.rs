//! Where a collector listens, and how it is spoken to.

use http::Uri;

/// The path of traces in OTLP/HTTP.
const TRACES: &str = "/v1/traces";

/// How OTLP is spoken, where the URL does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protocol {
    /// OTLP/gRPC.
    Grpc,
    /// OTLP/HTTP, with binary protobuf.
    HttpProtobuf,
}

/// A checked URL of a collector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) url: String,
    pub(crate) protocol: Protocol,
    pub(crate) secure: bool,
}

impl Endpoint {
    /// Chooses the protocol as the official SDKs do: an `http(s)` URL is OTLP/HTTP, unless its host contains
    /// `grpc`, or its port is 4317 and its path empty.
    pub(crate) fn parse(url: &str) -> Result<Self, &'static str> {
        let uri = checked(url)?;
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        let grpc = host.contains("grpc") || (uri.port_u16() == Some(4317) && has_no_path(&uri));
        Ok(Self::new(&uri, if grpc { Protocol::Grpc } else { Protocol::HttpProtobuf }))
    }

    /// For a protocol chosen elsewhere.
    pub(crate) fn parse_for(url: &str, protocol: Protocol) -> Result<Self, &'static str> {
        Ok(Self::new(&checked(url)?, protocol))
    }

    /// Without a path, OTLP/HTTP goes to where traces are taken by default.
    fn new(uri: &Uri, protocol: Protocol) -> Self {
        let url = match protocol {
            Protocol::HttpProtobuf if has_no_path(uri) => {
                format!("{}{TRACES}", uri.to_string().trim_end_matches('/'))
            }
            _ => uri.to_string(),
        };
        Self { url, protocol, secure: uri.scheme_str() == Some("https") }
    }

    /// For log lines and health: without the query, which may hold a key.
    pub(crate) fn name(&self) -> &str {
        self.url.split('?').next().unwrap_or_default()
    }

    /// Refuses what this build cannot speak.
    pub(crate) fn supported(self) -> Result<Self, &'static str> {
        if !cfg!(feature = "otlp") {
            Err("cannot be reached: enable the feature `otlp` of basalt-core")
        } else if self.secure && !cfg!(feature = "tls") {
            Err("needs TLS: enable the feature `tls` of basalt-core, or use http")
        } else {
            Ok(self)
        }
    }

    /// Whether the collector runs on another machine.
    #[cfg(feature = "otlp")]
    pub(crate) fn is_remote(&self) -> bool {
        self.url.parse().is_ok_and(|uri| !crate::uri::is_loopback(&uri))
    }

    /// For a variable that holds the base of all signals.
    pub(crate) fn with_traces_path(mut self) -> Self {
        if self.protocol == Protocol::HttpProtobuf && !self.url.ends_with(TRACES) {
            self.url = format!("{}{TRACES}", self.url.trim_end_matches('/'));
        }
        self
    }
}

fn checked(url: &str) -> Result<Uri, &'static str> {
    let uri: Uri = url.trim().parse().map_err(|_| "is no URL")?;
    match uri.scheme_str() {
        Some("http" | "https") => {}
        Some(_) => return Err("has a scheme other than http and https"),
        None => return Err("has no scheme"),
    }
    if crate::uri::has_bad_port(&uri) {
        return Err("has a port that is none");
    }
    if crate::uri::has_password(&uri) {
        return Err("has a password in it, which would end up in logs: use `header` or the API key");
    }
    if !crate::uri::has_host(&uri) {
        return Err("has a host that there cannot be");
    }
    Ok(uri)
}

fn has_no_path(uri: &Uri) -> bool {
    uri.path() == "/" && uri.query().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> (Protocol, String) {
        let endpoint = Endpoint::parse(url).unwrap();
        (endpoint.protocol, endpoint.url)
    }

    #[test]
    fn the_url_decides_the_protocol() {
        for (url, protocol, sent_to) in [
            ("http://127.0.0.1:4317", Protocol::Grpc, "http://127.0.0.1:4317/"),
            ("http://127.0.0.1:4317/", Protocol::Grpc, "http://127.0.0.1:4317/"),
            ("https://grpc.otel.getbasalt.ai", Protocol::Grpc, "https://grpc.otel.getbasalt.ai/"),
            ("https://GRPC.example:443", Protocol::Grpc, "https://GRPC.example:443/"),
            ("http://127.0.0.1:4317/v1/traces", Protocol::HttpProtobuf, "http://127.0.0.1:4317/v1/traces"),
            ("http://127.0.0.1:4318/v1/traces", Protocol::HttpProtobuf, "http://127.0.0.1:4318/v1/traces"),
            ("http://collector:4318", Protocol::HttpProtobuf, "http://collector:4318/v1/traces"),
            ("https://otel.example/api", Protocol::HttpProtobuf, "https://otel.example/api"),
        ] {
            assert_eq!(parsed(url), (protocol, sent_to.to_owned()), "{url}");
        }
    }

    #[test]
    fn what_is_no_url_of_a_collector_is_refused() {
        for url in [
            "",
            "localhost",
            "localhost:4317",
            "ftp://host",
            "http://",
            "http://user:pw@host",
            "a b",
            "http://h:port",
            "https://h:0",
        ] {
            assert!(Endpoint::parse(url).is_err(), "{url}");
        }
    }

    #[cfg(feature = "otlp")]
    #[test]
    fn a_url_that_nobody_can_connect_to_is_refused() {
        for url in ["http://:", "http://:80", "http://host:99999", "http://256.1.1.1", "http://host:x/"] {
            assert!(Endpoint::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_destination_is_named_without_the_query() {
        let endpoint = Endpoint::parse("https://host/otlp?key=s3cr3t").unwrap();
        assert_eq!(
            (endpoint.name(), endpoint.url.as_str()),
            ("https://host/otlp", "https://host/otlp?key=s3cr3t")
        );
    }

    #[test]
    fn the_base_of_all_signals_gets_the_path_of_traces() {
        let endpoint = Endpoint::parse("http://host:4318/otlp/").unwrap().with_traces_path();
        assert_eq!(endpoint.url, "http://host:4318/otlp/v1/traces");
        let grpc = Endpoint::parse("http://host:4317").unwrap().with_traces_path();
        assert_eq!(grpc.url, "http://host:4317/");
    }
}
