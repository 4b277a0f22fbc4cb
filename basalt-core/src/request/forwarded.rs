//! Whom a trusted proxy stands in for: `Forwarded` (RFC 7239), or `X-Forwarded-For`, `-Proto` and `-Host`.
//! Entries are read from the right, where the nearest proxy has written.

use std::{
    net::{IpAddr, Ipv6Addr},
    str,
};

use ipnet::{IpNet, Ipv4Net};

use super::{
    Head,
    list::{List, Quotes, pieces},
};
use crate::{context::Headers, said};

const FORWARDED: &str = "forwarded";
const X_FORWARDED_FOR: &str = "x-forwarded-for";
const X_FORWARDED_PROTO: &str = "x-forwarded-proto";
const X_FORWARDED_HOST: &str = "x-forwarded-host";

/// Networks of proxies that are believed.
#[derive(Debug, Clone, Default)]
pub(super) struct TrustedProxies(Vec<IpNet>);

/// The exchange as the client began it. Without a trusted proxy that is what the head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Forwarded<'a> {
    pub(super) client: Option<IpAddr>,
    pub(super) scheme: Option<&'a str>,
    pub(super) host: Option<&'a [u8]>,
}

impl TrustedProxies {
    /// A network or one address. What is neither is said once at ERROR and not trusted: layers do not fail.
    pub(super) fn add(&mut self, cidr: &str) {
        let text = cidr.trim();
        let address = || text.parse::<IpAddr>().map(IpNet::from);
        match text.parse::<IpNet>().or_else(|_| address()) {
            Ok(network) => self.0.push(canonical(network)),
            Err(_) => {
                said::once!(
                    error,
                    cidr,
                    "this is no network, so no proxy in it is trusted: write 10.0.0.0/8 or ::1"
                );
            }
        }
    }

    /// `host` is the one that the client named.
    pub(super) fn resolve<'a>(&self, head: &Head<'a>, host: Option<&'a [u8]>) -> Forwarded<'a> {
        let client = head.peer.map(|peer| peer.ip().to_canonical());
        let direct = Forwarded { client, scheme: head.scheme, host };
        match client {
            Some(proxy) if self.trusts(proxy) => self.behind(proxy, head.headers).or(direct),
            _ => direct,
        }
    }

    fn behind<'a>(&self, proxy: IpAddr, headers: &'a dyn Headers) -> Forwarded<'a> {
        let elements = List::of(headers, FORWARDED);
        if elements.is_empty() {
            self.behind_x(proxy, headers)
        } else {
            self.behind_elements(proxy, &elements)
        }
    }

    fn behind_elements<'a>(&self, proxy: IpAddr, elements: &List<'a>) -> Forwarded<'a> {
        let hops = || elements.entries(Quotes::Kept).map(Element::of);
        let (client, position) = self.walk(proxy, hops().map(|element| element.client.and_then(address)));
        let named = hops().nth(position).unwrap_or_default();
        Forwarded {
            client: Some(client),
            scheme: named.proto.and_then(scheme),
            host: named.host.map(str::as_bytes),
        }
    }

    fn behind_x<'a>(&self, proxy: IpAddr, headers: &'a dyn Headers) -> Forwarded<'a> {
        let addresses = List::of(headers, X_FORWARDED_FOR);
        let (client, position) =
            self.walk(proxy, addresses.entries(Quotes::Unknown).map(|hop| address(text(hop)?)));
        let beside = |name| {
            let values = List::of(headers, name);
            values.entries(Quotes::Unknown).take(position + 1).last().and_then(text)
        };
        Forwarded {
            client: Some(client),
            scheme: beside(X_FORWARDED_PROTO).and_then(scheme),
            host: beside(X_FORWARDED_HOST).map(str::as_bytes),
        }
    }

    /// The client, and where from the right it is named; the nearest place if it is the proxy itself.
    fn walk(&self, proxy: IpAddr, hops: impl Iterator<Item = Option<IpAddr>>) -> (IpAddr, usize) {
        let mut client = (proxy, 0);
        for (position, address) in hops.enumerate() {
            let Some(address) = address else { break };
            client = (address, position);
            if !self.trusts(address) {
                break;
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl Forwarded<'_> {
    /// Takes from `direct` what is not said here.
    fn or(self, direct: Self) -> Self {
        Self {
            client: self.client.or(direct.client),
            scheme: self.scheme.or(direct.scheme),
            host: self.host.or(direct.host),
        }
    }
}

/// One element of `Forwarded`.
#[derive(Debug, Clone, Copy, Default)]
struct Element<'a> {
    client: Option<&'a str>,
    proto: Option<&'a str>,
    host: Option<&'a str>,
}

impl<'a> Element<'a> {
    fn of(element: &'a [u8]) -> Self {
        let mut all = Self::default();
        for (name, value) in pieces(element, b';', Quotes::Kept).filter_map(parameter) {
            match name {
                name if name.eq_ignore_ascii_case("for") => all.client = Some(value),
                name if name.eq_ignore_ascii_case("proto") => all.proto = Some(value),
                name if name.eq_ignore_ascii_case("host") => all.host = Some(value),
                _ => {}
            }
        }
        all
    }
}

/// A name and its value without quotes. No address, scheme or host needs escapes, so that a value with one
/// is none.
fn parameter(pair: &[u8]) -> Option<(&str, &str)> {
    let (name, value) = text(pair)?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let value = match value.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"')?.trim(),
        None => value,
    };
    (!value.is_empty() && !value.contains(['"', '\\'])).then_some((name, value))
}

fn text(bytes: &[u8]) -> Option<&str> {
    str::from_utf8(bytes).ok()
}

/// `v4`, `v4:port`, `v6`, `[v6]` or `[v6]:port`; names, `unknown` and what is obfuscated are none.
fn address(hop: &str) -> Option<IpAddr> {
    let address = match hop.strip_prefix('[') {
        Some(v6) => {
            let (address, rest) = v6.split_once(']')?;
            let valid = rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port);
            IpAddr::V6(address.parse::<Ipv6Addr>().ok().filter(|_| valid)?)
        }
        None => hop.parse().ok().or_else(|| {
            let (address, port) = hop.split_once(':')?;
            Some(IpAddr::V4(address.parse().ok().filter(|_| is_port(port))?))
        })?,
    };
    Some(address.to_canonical())
}

/// A number, or obfuscated as RFC 7239 allows.
fn is_port(port: &str) -> bool {
    let obfuscated = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    match port.strip_prefix('_') {
        Some(name) => !name.is_empty() && name.bytes().all(obfuscated),
        None => !port.starts_with('+') && port.parse::<u16>().is_ok(),
    }
}

fn scheme(text: &str) -> Option<&'static str> {
    ["http", "https"].into_iter().find(|scheme| scheme.eq_ignore_ascii_case(text))
}

/// An IPv4 network in IPv6's clothes is an IPv4 network, as its addresses are.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else { return network };
    let v4 = v6.addr().to_ipv4_mapped().zip(v6.prefix_len().checked_sub(96));
    v4.and_then(|(address, length)| Ipv4Net::new(address, length).ok()).map_or(network, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    const TRUSTED: [&str; 3] = ["127.0.0.1", "10.0.0.0/8", "fd00::/8"];

    fn proxies() -> TrustedProxies {
        let mut proxies = TrustedProxies::default();
        TRUSTED.iter().for_each(|network| proxies.add(network));
        proxies
    }

    fn headers<V: AsRef<[u8]>>(pairs: &[(&'static str, V)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, V)| {
            (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_ref()).unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    /// The head of a request to `http://inside:80` over a connection from `peer`.
    fn head<'a>(peer: Option<&str>, headers: &'a HeaderMap) -> Head<'a> {
        Head {
            method: "GET",
            path: "/",
            query: None,
            scheme: Some("http"),
            authority: None,
            route: None,
            version: None,
            peer: peer.map(|peer| (peer.parse::<IpAddr>().unwrap(), 4711).into()),
            headers,
        }
    }

    /// Client, scheme and host behind a trusted proxy.
    fn told<V: AsRef<[u8]>>(pairs: &[(&'static str, V)]) -> (String, String, String) {
        let headers = headers(pairs);
        let told = proxies().resolve(&head(Some("127.0.0.1"), &headers), Some(b"inside:80"));
        let host = str::from_utf8(told.host.unwrap()).unwrap();
        (told.client.unwrap().to_string(), told.scheme.unwrap().to_owned(), host.to_owned())
    }

    fn client<V: AsRef<[u8]>>(pairs: &[(&'static str, V)]) -> String {
        told(pairs).0
    }

    #[test]
    fn without_a_trusted_proxy_everything_is_as_the_head_says() {
        let lies = headers(&[
            (FORWARDED, "for=1.1.1.1;proto=https;host=lie"),
            (X_FORWARDED_FOR, "1.1.1.1"),
            (X_FORWARDED_PROTO, "https"),
            (X_FORWARDED_HOST, "lie"),
        ]);
        for (proxies, peer) in [
            (proxies(), Some("203.0.113.9")),
            (proxies(), Some("::1")),
            (proxies(), None),
            (TrustedProxies::default(), Some("127.0.0.1")),
        ] {
            let direct = Forwarded {
                client: peer.map(|peer| peer.parse().unwrap()),
                scheme: Some("http"),
                host: Some(b"inside:80"),
            };
            assert_eq!(proxies.resolve(&head(peer, &lies), Some(b"inside:80")), direct, "{peer:?}");
        }
    }

    #[test]
    fn a_trusted_proxy_that_says_nothing_is_the_client() {
        let nothing: [(&str, &str); 0] = [];
        let direct = ("127.0.0.1".to_owned(), "http".to_owned(), "inside:80".to_owned());
        assert_eq!(told(&nothing), direct);
        assert_eq!(told(&[(FORWARDED, " "), (X_FORWARDED_FOR, " , ,"), (X_FORWARDED_HOST, "")]), direct);
    }

    #[test]
    fn an_ipv4_proxy_on_a_dual_stack_socket_is_an_ipv4_proxy() {
        let headers = headers(&[(X_FORWARDED_FOR, "::ffff:203.0.113.9")]);
        let told = proxies().resolve(&head(Some("::ffff:10.1.2.3"), &headers), Some(b"inside:80"));
        assert_eq!(told.client.unwrap().to_string(), "203.0.113.9");

        let mut mapped = TrustedProxies::default();
        mapped.add("::ffff:10.0.0.0/104");
        assert!(mapped.trusts("10.255.0.1".parse().unwrap()));
        assert!(!mapped.trusts("11.0.0.1".parse().unwrap()));
    }

    #[test]
    fn networks_and_bare_addresses_are_trusted_and_nonsense_is_not() {
        let mut proxies = TrustedProxies::default();
        for nonsense in ["", "proxy", "10.0.0.0/33", "10.0.0.0/", "::1/129", "10.0.0", "*", "1.2.3.4:80"] {
            proxies.add(nonsense);
            assert!(proxies.0.is_empty(), "{nonsense}");
        }
        for network in [" 10.0.0.0/8 ", "192.0.2.7/24", "::1/128", "2001:db8::7", "198.51.100.1"] {
            proxies.add(network);
        }
        for trusted in ["10.9.9.9", "192.0.2.200", "::1", "2001:db8::7", "198.51.100.1"] {
            assert!(proxies.trusts(trusted.parse().unwrap()), "{trusted}");
        }
        for stranger in ["11.0.0.1", "192.0.3.1", "::2", "2001:db8::8", "198.51.100.2"] {
            assert!(!proxies.trusts(stranger.parse().unwrap()), "{stranger}");
        }
    }

    #[test]
    fn the_client_is_the_nearest_address_that_is_no_proxy() {
        for (chain, expected) in [
            ("203.0.113.9", "203.0.113.9"),
            ("198.51.100.1, 203.0.113.9, 10.0.0.4", "203.0.113.9"),
            ("198.51.100.1,203.0.113.9,10.0.0.4,fd00::1", "203.0.113.9"),
            ("10.0.0.1, 10.0.0.2", "10.0.0.1"),
            (",, 203.0.113.9 ,,10.0.0.4 , ", "203.0.113.9"),
        ] {
            assert_eq!(client(&[(X_FORWARDED_FOR, chain)]), expected, "{chain}");
            let elements = chain.replace("fd00::1", "\"[fd00::1]\"").replace(' ', "");
            let elements: Vec<_> = elements.split(',').filter(|hop| !hop.is_empty()).collect();
            let forwarded = format!("for={}", elements.join(", for="));
            assert_eq!(client(&[(FORWARDED, &forwarded)]), expected, "{forwarded}");
        }
    }

    #[test]
    fn header_lines_are_one_list_in_their_order() {
        let far_and_near = ["198.51.100.1, 203.0.113.9", "10.0.0.5", "10.0.0.4"];
        assert_eq!(client(&far_and_near.map(|line| (X_FORWARDED_FOR, line))), "203.0.113.9");
        let elements = ["for=198.51.100.1, for=203.0.113.9", "for=10.0.0.5", "", "for=10.0.0.4"];
        assert_eq!(client(&elements.map(|line| (FORWARDED, line))), "203.0.113.9");
    }

    #[test]
    fn what_is_no_address_ends_the_walk() {
        for hop in [
            "unknown",
            "_hidden",
            "shop.example",
            "1.2.3",
            "[::1",
            "1.2.3.4:x",
            "1.2.3.4:+80",
            "1.2.3.4:_",
            "[::1]:_a b",
            "[::1]x",
            "[1.2.3.4]",
            "-",
        ] {
            assert_eq!(client(&[(X_FORWARDED_FOR, format!("1.1.1.1, {hop}"))]), "127.0.0.1", "{hop}");
            assert_eq!(
                client(&[(X_FORWARDED_FOR, format!("1.1.1.1, {hop}, 10.0.0.4"))]),
                "10.0.0.4",
                "{hop}"
            );
            let forwarded = format!("for=1.1.1.1, for=\"{hop}\", for=10.0.0.4");
            assert_eq!(client(&[(FORWARDED, forwarded)]), "10.0.0.4", "{hop}");
        }
        assert_eq!(client(&[(X_FORWARDED_FOR, &b"1.1.1.1, \xff\xfe, 10.0.0.4"[..])]), "10.0.0.4");
        assert_eq!(client(&[(FORWARDED, "for=1.1.1.1, by=10.0.0.9, for=10.0.0.4")]), "10.0.0.4");
    }

    /// Source: RFC 7239, sections 4 and 6, with their examples.
    #[test]
    fn every_form_of_an_address_is_read() {
        for (node, expected) in [
            ("192.0.2.43", "192.0.2.43"),
            ("192.0.2.43:47011", "192.0.2.43"),
            ("\"192.0.2.43:47011\"", "192.0.2.43"),
            ("\"192.0.2.43:_port\"", "192.0.2.43"),
            ("\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("\"[2001:db8:cafe::17]\"", "2001:db8:cafe::17"),
            ("[2001:db8:cafe::17]:80", "2001:db8:cafe::17"),
            ("2001:db8:cafe::17", "2001:db8:cafe::17"),
            ("\"[::ffff:192.0.2.43]\"", "192.0.2.43"),
        ] {
            assert_eq!(client(&[(FORWARDED, format!("for={node}"))]), expected, "{node}");
            let bare = node.replace('"', "");
            assert_eq!(client(&[(X_FORWARDED_FOR, &bare)]), expected, "{bare}");
        }
    }

    #[test]
    fn scheme_and_host_are_those_of_the_element_that_names_the_client() {
        let forwarded = "for=198.51.100.1;proto=http;host=far, \
                         FOR=203.0.113.9; Proto=HTTPS ;HOST=\"shop.example:8443\";by=10.0.0.1, \
                         for=10.0.0.4;proto=http;host=near";
        let (client, scheme, host) = told(&[(FORWARDED, forwarded)]);
        assert_eq!((&*client, &*scheme, &*host), ("203.0.113.9", "https", "shop.example:8443"));
    }

    #[test]
    fn what_the_element_lacks_is_as_the_head_says() {
        let (_, scheme, host) = told(&[(FORWARDED, "for=203.0.113.9, for=10.0.0.4;proto=https;host=near")]);
        assert_eq!((&*scheme, &*host), ("http", "inside:80"));
        let (_, scheme, host) = told(&[(FORWARDED, "for=203.0.113.9;proto=gopher;host=\"\"")]);
        assert_eq!((&*scheme, &*host), ("http", "inside:80"));
    }

    #[test]
    fn a_proxy_that_hides_the_client_still_says_scheme_and_host() {
        for forwarded in [
            "for=_hidden;proto=https;host=shop",
            "for=unknown;proto=https;host=shop",
            "proto=https;host=shop",
        ] {
            let (client, scheme, host) = told(&[(FORWARDED, forwarded)]);
            assert_eq!((&*client, &*scheme, &*host), ("127.0.0.1", "https", "shop"), "{forwarded}");
        }
        let (client, scheme, host) = told(&[(X_FORWARDED_PROTO, "Https"), (X_FORWARDED_HOST, "shop")]);
        assert_eq!((&*client, &*scheme, &*host), ("127.0.0.1", "https", "shop"));
    }

    #[test]
    fn x_forwarded_values_stand_at_the_place_of_the_client() {
        let chain = (X_FORWARDED_FOR, "198.51.100.1, 203.0.113.9, 10.0.0.4");
        for (protos, expected) in [
            ("https", "https"),
            ("http, https", "http"),
            ("http, https, http", "https"),
            ("https, http, https, http, http", "http"),
            ("ftp, http, http", "http"),
            ("http, ftp, https", "http"),
        ] {
            let (client, scheme, _) = told(&[chain, (X_FORWARDED_PROTO, protos)]);
            assert_eq!((&*client, &*scheme), ("203.0.113.9", expected), "{protos}");
        }
        let hosts = [chain, (X_FORWARDED_HOST, "a, b"), (X_FORWARDED_HOST, "c")];
        assert_eq!(told(&hosts).2, "b");
    }

    #[test]
    fn forwarded_comes_before_x_forwarded() {
        let both = [
            (X_FORWARDED_FOR, "198.51.100.1"),
            (X_FORWARDED_PROTO, "https"),
            (X_FORWARDED_HOST, "other"),
            (FORWARDED, "for=203.0.113.9"),
        ];
        let (client, scheme, host) = told(&both);
        assert_eq!((&*client, &*scheme, &*host), ("203.0.113.9", "http", "inside:80"));
    }

    #[test]
    fn quotes_hide_separators_and_escapes_are_no_value() {
        let quoted = r#"for=198.51.100.1;x="a,b;for=1.1.1.1\",\\", for=10.0.0.4;y="for=2.2.2.2, ;""#;
        assert_eq!(client(&[(FORWARDED, quoted)]), "198.51.100.1");
        assert_eq!(client(&[(FORWARDED, r#"for="1.1.1.1\"""#)]), "127.0.0.1");
        assert_eq!(client(&[(FORWARDED, r#"for="203.0\.113.9""#)]), "127.0.0.1");
    }

    #[test]
    fn quotes_that_a_client_leaves_open_hide_nothing_a_proxy_has_written() {
        for hostile in
            [r#"for=""#, r#"""#, r#"for="1.1.1.1"#, r#"x="\"#, r#"for=1.1.1.1;x="\""#, "for=1.1.1.1;"]
        {
            for near in ["for=203.0.113.9", r#"for="203.0.113.9:80";proto=https"#] {
                let forwarded = format!("{hostile}, {near}, for=\"10.0.0.4\"");
                assert_eq!(client(&[(FORWARDED, &forwarded)]), "203.0.113.9", "{forwarded}");
            }
        }
    }

    #[test]
    fn no_more_than_64_hops_are_looked_at() {
        let chain = |hops: usize| {
            let trusted: Vec<_> = (0..hops).map(|hop| format!("10.0.{}.{}", hop / 256, hop % 256)).collect();
            format!("203.0.113.9, {}", trusted.join(", "))
        };
        assert_eq!(client(&[(X_FORWARDED_FOR, chain(63))]), "203.0.113.9");
        assert_eq!(client(&[(X_FORWARDED_FOR, chain(64))]), "10.0.0.0");
        assert_eq!(client(&[(X_FORWARDED_FOR, chain(600))]), "10.0.2.24", "the 64th from the right");

        let lines: Vec<_> = chain(600).split(", ").map(|hop| (X_FORWARDED_FOR, hop.to_owned())).collect();
        assert_eq!(client(&lines), "10.0.2.24");
        let elements: Vec<_> = lines.iter().map(|(_, hop)| (FORWARDED, format!("for={hop}"))).collect();
        assert_eq!(client(&elements), "10.0.2.24");
    }

    #[test]
    fn garbage_of_any_size_is_read_in_one_go() {
        for garbage in
            ["\"", "\\\"", "\\", ",", ";", "for=\"", "for=10.0.0.1,", "for=10.0.0.1;", "=", "[", "é"]
        {
            let garbage = garbage.repeat(60_000);
            client(&[(FORWARDED, &garbage)]);
            client(&[
                (X_FORWARDED_FOR, &garbage),
                (X_FORWARDED_HOST, &garbage),
                (X_FORWARDED_PROTO, &garbage),
            ]);
        }
    }
}
