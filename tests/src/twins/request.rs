//! Requests by chance, the same for the same seed.

use std::{fmt, net::SocketAddr};

use fastrand::Rng;

use super::{NUMBER, WAITING};
use crate::client::Client;

/// When the client goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// With the answer.
    Never,
    /// In the middle of the head.
    MidHead,
    /// In the middle of the body.
    MidBody,
    /// When the handler has begun and will not end.
    BeforeAnswer,
    /// After the first piece of an answer without end.
    MidAnswer,
}

/// A request, as bytes.
#[derive(Debug, Clone)]
pub struct Request {
    method: &'static str,
    head: Vec<u8>,
    body: Vec<u8>,
    /// When its client leaves.
    pub leave: Leave,
    /// Whether it must leave a root behind.
    pub observed: bool,
}

const METHODS: [&str; 12] =
    ["GET", "GET", "GET", "GET", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW", "get"];

const TARGETS: [&str; 34] = [
    "/items/7",
    "/items/7?q=rust",
    "/items/%C3%A9?sig=secret&x=1",
    "/items/a%20b",
    "/items/%zz",
    "/items/%FF",
    "/items/a%2Fb",
    "/items/..",
    "/items/7;v=1",
    "/items/",
    "/items",
    "//items//7",
    "/items/7/",
    "/items/7/more",
    "/Items/7",
    "/",
    "/*",
    "/nowhere?",
    "/nowhere?a=1&a=2&&=",
    "/echo",
    "/echo?token=1",
    "/echo",
    "/ignore",
    "/any",
    "/any?%",
    "/moved",
    "/error",
    "/busy",
    "/panic",
    "/pieces",
    "/broken",
    "/health",
    "/static/app.css",
    "/static/",
];

const HEADERS: [&[u8]; 36] = [
    b"traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    b"traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
    b"traceparent: \xff",
    b"traceparent:",
    b"tracestate: a=1,b=2",
    b"baggage: basalt.user.id=u-9",
    b"x-user-id: u-1",
    b"x-user-id:  ",
    b"x-user-id: \xc3\xa9lan",
    b"x-user-id: \xc3\x28",
    b"x-user-name: Ada Lovelace",
    b"x-organization-id: o-1",
    b"x-organization-name: Acme",
    b"x-session-id: s-1",
    b"x-experiment-id: e-1",
    b"x-forwarded-for: 203.0.113.9",
    b"x-forwarded-for: 203.0.113.9, 10.0.0.4",
    b"x-forwarded-for: garbage, 10.0.0.4",
    b"x-forwarded-proto: https",
    b"x-forwarded-host: shop.example:8443",
    b"forwarded: for=\"[2001:db8::1]:4711\";proto=https;host=shop.example",
    b"forwarded: for=_hidden",
    b"user-agent: parity/1",
    b"user-agent: \xf0\x9f",
    b"accept: text/plain",
    b"accept: */*",
    b"authorization: Bearer s3cret",
    b"cookie: a=1",
    b"x-noise: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    b"X-UPPER: yes",
    b"x-empty:",
    b"accept-encoding: gzip",
    b"te: trailers",
    b"range: bytes=0-1",
    b"if-none-match: *",
    b"origin: https://elsewhere.example",
];

const KINDS: [&str; 6] = [
    "content-type: text/plain",
    "content-type: application/json; charset=utf-8",
    "content-type: application/octet-stream",
    "content-type: application/x-www-form-urlencoded",
    "content-type: text/plain\r\ncontent-encoding: gzip",
    "x-no-type: 1",
];

impl Request {
    /// A request of this number.
    pub fn random(number: usize, chance: &mut Rng) -> Self {
        let leave = match chance.u8(..100) {
            0..5 => Leave::MidHead,
            5..10 => Leave::BeforeAnswer,
            10..15 => Leave::MidBody,
            15..20 => Leave::MidAnswer,
            _ => Leave::Never,
        };
        let (method, target) = match leave {
            Leave::BeforeAnswer => ("GET", "/never"),
            Leave::MidBody => ("POST", ["/echo", "/ignore"][chance.usize(..2)]),
            Leave::MidAnswer => ("GET", "/endless"),
            _ => (METHODS[chance.usize(..METHODS.len())], TARGETS[chance.usize(..TARGETS.len())]),
        };
        let version = if leave == Leave::Never && chance.u8(..10) == 0 { "1.0" } else { "1.1" };
        let mut head = format!("{method} {target} HTTP/{version}\r\n{NUMBER}: {number}\r\n").into_bytes();
        let host = ["shop.example", "shop.example:8080", "[::1]:80", "127.0.0.1"][chance.usize(..4)];
        line(&mut head, format!("host: {host}").as_bytes());
        let mut seen = Vec::new();
        for _ in 0..chance.usize(..6) {
            let header = HEADERS[chance.usize(..HEADERS.len())];
            let name = header.split(|byte| *byte == b':').next();
            if !seen.contains(&name) || name == Some(b"accept") {
                seen.push(name);
                line(&mut head, header);
            }
        }
        let body =
            if matches!(method, "POST" | "PUT") { body(&mut head, version, chance) } else { Vec::new() };
        line(&mut head, b"");
        let path = target.split('?').next().unwrap_or_default();
        let excluded = path == "/health" || path.starts_with("/static/");
        let broken = matches!(leave, Leave::MidHead | Leave::MidBody);
        Self { method, head, body, leave, observed: !broken && !excluded }
    }

    /// Sends it on a connection of its own, and leaves when it is time.
    pub async fn send(&self, address: SocketAddr) {
        let mut client = Client::connect(address).await;
        match self.leave {
            Leave::MidHead => {
                client.send(&self.head[..self.head.len() / 2]).await;
                client.reset();
            }
            Leave::MidBody => {
                client.send(&self.head).await;
                client.send(&self.body[..self.body.len() / 2]).await;
                client.reset();
            }
            Leave::BeforeAnswer => {
                client.send(&self.head).await;
                WAITING.notified().await;
                client.reset();
            }
            Leave::MidAnswer => {
                client.send(&self.head).await;
                client.head().await.unwrap();
                client.chunk().await.unwrap();
                client.reset();
            }
            Leave::Never => {
                client.send(&[self.head.as_slice(), &self.body].concat()).await;
                // A panic and a broken body break the connection.
                let _ = client.answer(self.method).await;
            }
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = String::from_utf8_lossy(&self.head);
        write!(f, "{head}and {} bytes, leaving: {:?}", self.body.len(), self.leave)
    }
}

fn line(head: &mut Vec<u8>, line: &[u8]) {
    head.extend(line);
    head.extend(b"\r\n");
}

/// Writes the headers that announce it. HTTP/1.0 knows no chunks.
fn body(head: &mut Vec<u8>, version: &str, chance: &mut Rng) -> Vec<u8> {
    line(head, KINDS[chance.usize(..KINDS.len())].as_bytes());
    let length: usize = [0, 1, 999, 1_000, 1_001, 20_000][chance.usize(..6)];
    let mut body: Vec<u8> = match chance.u8(..3) {
        0 => (0..length).map(|_| chance.u8(..)).collect(),
        1 => "é".repeat(length.div_ceil(2)).into_bytes(),
        _ => (0..length).map(|_| chance.alphanumeric() as u8).collect(),
    };
    if chance.bool() || version == "1.0" {
        line(head, format!("content-length: {}", body.len()).as_bytes());
    } else {
        line(head, b"transfer-encoding: chunked");
        let mut chunked = Vec::new();
        for piece in body.chunks(700) {
            chunked.extend(format!("{:x}\r\n", piece.len()).into_bytes());
            chunked.extend(piece);
            chunked.extend(b"\r\n");
        }
        chunked.extend(b"0\r\n\r\n");
        body = chunked;
    }
    body
}
