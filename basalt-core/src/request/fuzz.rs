//! Fuzz targets: what proxies say of a client, and query strings, against slow and simple readers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4};

use super::{
    Head,
    forwarded::{Forwarded, TrustedProxies},
    query::redacted,
};
use crate::{
    context::Headers,
    fuzzing::{Fuzz, kind, steps},
};

const FORWARDED: &str = "forwarded";
const FOR: &str = "x-forwarded-for";
const PROTO: &str = "x-forwarded-proto";
const HOST: &str = "x-forwarded-host";

/// Entries that are looked at.
const MOST: usize = 64;

/// Header lines, whatever bytes they have.
struct Lines<'a>(Vec<(&'static str, &'a [u8])>);

impl<'a> Lines<'a> {
    /// The first byte of a line says which header it is.
    fn of(input: &'a [u8]) -> Self {
        let line = |line: &'a [u8]| {
            Some(match line.split_first()? {
                (b'A', rest) => (FOR, rest),
                (b'P', rest) => (PROTO, rest),
                (b'H', rest) => (HOST, rest),
                (_, rest) => (FORWARDED, rest),
            })
        };
        Self(input.split(|byte| *byte == b'\n').filter_map(line).collect())
    }

    fn values_of(&self, name: &str) -> Vec<&'a [u8]> {
        self.0.iter().filter(|(header, _)| *header == name).map(|(_, line)| *line).collect()
    }

    /// The last lines of a header that are not blank, as many as can matter.
    fn last_lines(&self, name: &str) -> Vec<&'a [u8]> {
        let lines: Vec<_> =
            self.values_of(name).into_iter().filter(|line| !line.trim_ascii().is_empty()).collect();
        lines[lines.len().saturating_sub(MOST)..].to_vec()
    }

    /// The last entries of a list, in their order.
    fn entries(&self, name: &str) -> Vec<&'a [u8]> {
        let lines = self.last_lines(name).into_iter();
        let entries: Vec<_> = lines
            .flat_map(|line| line.split(|byte| *byte == b','))
            .map(<[u8]>::trim_ascii)
            .filter(|entry| !entry.is_empty())
            .collect();
        entries[entries.len().saturating_sub(MOST)..].to_vec()
    }
}

impl Headers for Lines<'_> {
    fn values<'h>(&'h self, name: &str, each: &mut dyn FnMut(&'h [u8])) {
        self.values_of(name).into_iter().for_each(each);
    }
}

fn is_trusted(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.octets()[0] == 10 || v4 == Ipv4Addr::LOCALHOST,
        IpAddr::V6(v6) => v6.octets()[0] == 0xfd,
    }
}

/// What a trusted proxy at 127.0.0.1 says.
fn told<'a>(lines: &'a Lines<'_>) -> Forwarded<'a> {
    let mut proxies = TrustedProxies::default();
    ["127.0.0.1", "10.0.0.0/8", "fd00::/8"].iter().for_each(|network| proxies.add(network));
    let head = Head {
        method: "GET",
        path: "/",
        query: None,
        scheme: None,
        authority: None,
        route: None,
        version: None,
        peer: Some(SocketAddr::from(([127, 0, 0, 1], 4711))),
        headers: lines,
    };
    proxies.resolve(&head, None)
}

/// Source: RFC 7239, section 6, and bare IPv6 addresses, as many proxies write them.
fn address(text: &str) -> Option<IpAddr> {
    let port = |port: &str| {
        let obfuscated = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        match port.strip_prefix('_') {
            Some(name) => !name.is_empty() && name.bytes().all(obfuscated),
            None => format!("0.0.0.0:{port}").parse::<SocketAddrV4>().is_ok(),
        }
    };
    let bare = text.parse().ok();
    let v4 = || text.split_once(':').filter(|(_, behind)| port(behind)).map(|(v4, _)| v4.parse::<Ipv4Addr>());
    let v6 = || {
        let (v6, behind) = text.strip_prefix('[')?.split_once(']')?;
        let valid = behind.is_empty() || behind.strip_prefix(':').is_some_and(port);
        valid.then(|| v6.parse::<Ipv6Addr>())
    };
    let found = bare.or_else(|| Some(v4()?.ok()?.into())).or_else(|| Some(v6()?.ok()?.into()));
    found.map(|address: IpAddr| address.to_canonical())
}

/// The client by the addresses of all hops, the nearest last, and how many hops are nearer.
fn client(hops: &[Option<IpAddr>]) -> (IpAddr, usize) {
    let mut client = (Ipv4Addr::LOCALHOST.into(), 0);
    for (position, hop) in hops.iter().rev().enumerate() {
        let Some(address) = *hop else { break };
        client = (address, position);
        if !is_trusted(address) {
            break;
        }
    }
    client
}

fn http(text: &str) -> Option<&'static str> {
    ["http", "https"].into_iter().find(|scheme| scheme.eq_ignore_ascii_case(text))
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn by_x_forwarded<'a>(lines: &Lines<'a>) -> Forwarded<'a> {
    let hops: Vec<_> = lines.entries(FOR).into_iter().map(|hop| address(text(hop)?)).collect();
    let (client, position) = client(&hops);
    let beside = |name: &str| {
        let entries = lines.entries(name);
        let at = entries.len().checked_sub(1)?.saturating_sub(position);
        text(entries[at])
    };
    Forwarded {
        client: Some(client),
        scheme: beside(PROTO).and_then(http),
        host: beside(HOST).map(str::as_bytes),
    }
}

/// Names and values of one element; no value is known of what is quoted with escapes.
type Parameters<'a> = Vec<(String, Option<&'a [u8]>)>;

/// A reader of `Forwarded` from the left, by its grammar.
struct Grammar<'a>(&'a [u8]);

impl<'a> Grammar<'a> {
    fn blanks(&mut self) {
        self.0 = self.0.trim_ascii_start();
    }

    fn takes(&mut self, byte: u8) -> bool {
        let rest = self.0.strip_prefix(&[byte]);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn token(&mut self) -> Option<&'a [u8]> {
        let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
        let (token, rest) = self.0.split_at(self.0.iter().take_while(|byte| is_token(byte)).count());
        self.0 = rest;
        (!token.is_empty()).then_some(token)
    }

    /// A value without its quotes; `None` inside for one with escapes, which no address, scheme or host needs.
    fn value(&mut self) -> Option<Option<&'a [u8]>> {
        if !self.takes(b'"') {
            return self.token().map(Some);
        }
        let (start, mut escaped) = (self.0, false);
        loop {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            match byte {
                b'"' => return Some((!escaped).then(|| &start[..start.len() - rest.len() - 1])),
                b'\\' => (self.0, escaped) = (self.0.split_first()?.1, true),
                _ => {}
            }
        }
    }

    /// One element: its parameters, each once.
    fn element(&mut self) -> Option<Parameters<'a>> {
        let mut parameters = Parameters::new();
        loop {
            self.blanks();
            if let Some(name) = self.token() {
                let name = text(name)?.to_ascii_lowercase();
                let value = self.takes(b'=').then(|| self.value())??;
                if parameters.iter().any(|(other, _)| *other == name) {
                    return None;
                }
                parameters.push((name, value));
            }
            self.blanks();
            if !self.takes(b';') {
                return Some(parameters);
            }
        }
    }
}

/// What `Forwarded` says, if all of it is as the grammar wants it.
fn by_forwarded<'a>(lines: &Lines<'a>) -> Option<Forwarded<'a>> {
    let mut elements = Vec::new();
    for line in lines.last_lines(FORWARDED) {
        let mut grammar = Grammar(line);
        loop {
            let before = grammar.0.len();
            let element = grammar.element()?;
            // Nothing but blanks between two commas is no element.
            if line[line.len() - before..line.len() - grammar.0.len()]
                .iter()
                .any(|byte| !byte.is_ascii_whitespace())
            {
                elements.push(element);
            }
            if !grammar.takes(b',') {
                break;
            }
        }
        if !grammar.0.is_empty() {
            return None;
        }
    }
    let elements = &elements[elements.len().saturating_sub(MOST)..];
    let of = |element: &Parameters<'a>, name: &str| {
        let value = element.iter().find(|(other, _)| other == name)?.1?;
        text(value).map(str::trim).filter(|value| !value.is_empty())
    };
    let hops: Vec<_> = elements.iter().map(|element| of(element, "for").and_then(address)).collect();
    let (client, position) = client(&hops);
    let named = elements.len().checked_sub(position + 1).map(|at| &elements[at]);
    Some(Forwarded {
        client: Some(client),
        scheme: named.and_then(|element| of(element, "proto")).and_then(http),
        host: named.and_then(|element| of(element, "host")).map(str::as_bytes),
    })
}

/// Whether an address can be read somewhere in the lines of these headers.
fn stands_in(lines: &Lines<'_>, address_told: IpAddr) -> bool {
    let separates = |byte: &u8| matches!(byte, b',' | b';' | b'=' | b'"') || byte.is_ascii_whitespace();
    let headers = [FORWARDED, FOR].into_iter().flat_map(|name| lines.values_of(name));
    let mut words = headers.flat_map(|line| line.split(separates));
    words.any(|word| text(word).map(str::trim).and_then(address) == Some(address_told))
}

#[test]
fn proxies_are_believed_as_a_simple_reader_believes_them() {
    let corpus = [
        "Ffor=198.51.100.1, FOR=203.0.113.9; Proto=HTTPS ;HOST=\"shop.example:8443\";by=10.0.0.1, for=10.0.0.4",
        "Ffor=\"[2001:db8:cafe::17]:4711\";proto=http\nFfor=\"192.0.2.43:_port\"\nF , ,",
        "Ffor=198.51.100.1;x=\"a,b;for=1.1.1.1\\\",\\\\\", for=10.0.0.4;y=\"for=2.2.2.2, ;\"",
        "Ffor=_hidden;proto=https;host=shop",
        "Ffor=\"10.0.0.4\";host=\"\\\"\",,;;for=unknown",
        "A203.0.113.9, 10.0.0.4\nPhttp, https\nHa, b\nHc",
        "A2001:db8::7,[fd00::1]:80,::ffff:10.0.0.4\nPftp",
    ];
    let words: &[&str] = &[
        "for=",
        "proto=",
        "host=",
        "https",
        "\"",
        "\\",
        ",",
        ";",
        "=",
        "\nF",
        "\nA",
        "\nP",
        "\nH",
        "10.0.0.7",
        "127.0.0.1",
        "192.0.2.1:80",
        "[::1]",
        ":+8",
        ":_",
        "]:_x",
        "_hidden",
        "unknown",
        " ",
        "\t",
        "[fe80::1%3]",
        "\u{a0}",
        "10.0.0.8, ",
        "for=10.0.0.9;",
    ];
    Fuzz::of(&corpus, words, 6_000).run(|input| {
        let lines = Lines::of(input);
        let (told, steps) = steps(|| told(&lines));
        assert!(steps <= 8 * input.len() + 64, "{steps} steps for {} bytes", input.len());
        let client = told.client.unwrap();
        assert!(client == Ipv4Addr::LOCALHOST || stands_in(&lines, client), "{client} is invented");
        let bytes = input.as_ptr_range();
        assert!(told.host.is_none_or(|host| bytes.contains(&host.as_ptr())), "the host is invented");
        let by_grammar = by_forwarded(&lines);
        let expected = match lines.last_lines(FORWARDED).is_empty() {
            true => Some(by_x_forwarded(&lines)),
            false => by_grammar,
        };
        assert_eq!(told, expected.unwrap_or(told));
        kind([
            expected.is_some().into(),
            told.scheme.is_some().into(),
            told.host.is_some().into(),
            client.is_ipv4().into(),
            is_trusted(client).into(),
            steps.checked_ilog2().map_or(0, u64::from),
        ])
    });
}

#[test]
fn a_query_keeps_all_but_the_values_of_secrets() {
    let corpus = [
        "a=1&sig=x=y&b=%20",
        "&&Signature=1&token=2&",
        "X-Amz-Credential=a&AWSAccessKeyId=b&X-Goog-Signature=c",
        "sig",
    ];
    let words: &[&str] =
        &["sig", "=", "&", "token=", "X-Amz-Signature=", "Signature", "REDACTED", "é", "%73ig="];
    let secret =
        ["X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "AWSAccessKeyId", "Signature", "sig"];
    let is_secret = |key: &str| secret.contains(&key) || matches!(key, "X-Goog-Signature" | "token");
    Fuzz::of(&corpus, words, 6_000).run(|input| {
        let query = String::from_utf8_lossy(input);
        let shown = redacted(&query, &["token".to_owned()]);
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((key, _)) if is_secret(key) => format!("{key}=REDACTED"),
            _ => pair.to_owned(),
        });
        assert_eq!(shown, pairs.collect::<Vec<_>>().join("&"));
        assert_eq!(redacted(&shown, &["token".to_owned()]), shown, "once");
        kind([(shown != query).into(), shown.matches("REDACTED").count() as u64])
    });
}
