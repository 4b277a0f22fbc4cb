//! What has to be known of a URI before anything is sent there.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::Uri;

/// Whether it holds a user or a password, which would end up in logs.
pub(crate) fn has_password(uri: &Uri) -> bool {
    uri.authority().is_some_and(|authority| authority.as_str().contains('@'))
}

/// Whether its host can be one: a name, or an address. [`Uri`] takes others.
pub(crate) fn has_host(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    if let Some(address) = host.strip_prefix('[') {
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let behind = authority.rsplit(']').next().unwrap_or_default();
        let ends = behind.is_empty() || behind.starts_with(':');
        return ends && address.strip_suffix(']').is_some_and(|address| address.parse::<Ipv6Addr>().is_ok());
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_label = |label: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        !label.is_empty() && label.bytes().all(plain)
    };
    // A name whose last part is a number is an address, or nothing.
    let last = name.rsplit('.').next().unwrap_or_default();
    let numeric = last.starts_with(|first: char| first.is_ascii_digit());
    name.split('.').all(is_label) && (!numeric || name.parse::<Ipv4Addr>().is_ok())
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

    #[test]
    fn hosts_are_names_or_addresses() {
        for (uri, host) in [
            ("http://h", true),
            ("http://a-b.c_d.example.", true),
            ("http://127.0.0.1:1", true),
            ("http://[::1]:80", true),
            ("http://xn--bcher-kva.example", true),
            ("http://256.1.1.1", false),
            ("http://1.2.3", false),
            ("http://a..b", false),
            ("http://[::1]p", false),
            ("http://*", false),
            ("http://a%20b", false),
        ] {
            let Ok(uri) = uri.parse::<Uri>() else { continue };
            assert_eq!(has_host(&uri), host, "{uri}");
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
