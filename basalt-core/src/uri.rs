//! What has to be known of a URI before anything is sent there.

use http::Uri;

/// Whether it holds a user or a password, which would end up in logs.
pub(crate) fn has_password(uri: &Uri) -> bool {
    uri.authority().is_some_and(|authority| authority.as_str().contains('@'))
}

/// Whether what stands where a port stands is none: connections would go to the usual one of the scheme.
pub(crate) fn has_bad_port(uri: &Uri) -> bool {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let after_host = authority.rsplit(['@', ']']).next().unwrap_or_default();
    let port = after_host.rsplit_once(':').map_or("", |(_, port)| port);
    !port.is_empty() && port.parse::<u16>().map_or(true, |port| port == 0)
}

/// Whether it names this machine.
#[cfg(any(feature = "client", feature = "otlp"))]
pub(crate) fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_numbers_that_a_connection_can_have() {
        for (uri, bad) in [
            ("http://h", false),
            ("http://h:", false),
            ("http://h:1", false),
            ("http://h:65535", false),
            ("http://[::1]", false),
            ("http://[::1]:80", false),
            ("http://u:p@h", false),
            ("http://h:0", true),
            ("http://h:65536", true),
            ("http://h:port", true),
            ("http://[::1]:port", true),
        ] {
            let Ok(uri) = uri.parse::<Uri>() else { continue };
            assert_eq!(has_bad_port(&uri), bad, "{uri}");
        }
    }

    #[cfg(any(feature = "client", feature = "otlp"))]
    #[test]
    fn this_machine_has_many_names() {
        for uri in [
            "http://localhost",
            "http://LocalHost:1",
            "http://127.0.0.1",
            "http://127.9.9.9:1",
            "http://[::1]:1",
        ] {
            assert!(is_loopback(&Uri::from_static(uri)), "{uri}");
        }
        for uri in ["http://localhost.test", "http://128.0.0.1", "http://[::2]", "/"] {
            assert!(!is_loopback(&Uri::from_static(uri)), "{uri}");
        }
    }
}
