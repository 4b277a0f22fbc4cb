//! Bytes that are no good requests: answered on either front as without us, and one span is left or none.

use std::{collections::HashSet, io, net::SocketAddr, time::Duration};

use basalt_tests::twins::{Bare, Twins};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const TRIES: usize = 20;
const GIVE_UP: Duration = Duration::from_secs(30);

/// How the bytes of an abuse end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// The server has all it needs for an answer.
    Whole,
    /// The client closes its side too early. Whether a server still answers then is a matter of chance.
    Short,
    /// A server that refuses so much does not read all of it: its answer may be lost when the connection closes.
    Long,
}

use End::{Long, Short, Whole};

/// What comes back until the server closes, its lines sorted, because actix-web writes headers in any order.
/// A connection that is reset because the server has not read all is tried again.
async fn answer(address: SocketAddr, bytes: &[u8], end: End) -> String {
    for _ in 0..TRIES {
        if let Ok(answer) = asked(address, bytes, end).await {
            return answer;
        }
    }
    assert!(end != Whole, "there is an answer to {}", String::from_utf8_lossy(bytes));
    String::new()
}

async fn asked(address: SocketAddr, bytes: &[u8], end: End) -> io::Result<String> {
    let (mut read, mut write) = TcpStream::connect(address).await.unwrap().into_split();
    let mut answer = Vec::new();
    let asking = async {
        // A server that has refused the request closes before it has read all.
        let _ = write.write_all(bytes).await;
        if end == Short {
            let _ = write.shutdown().await;
        }
    };
    let listening = read.read_to_end(&mut answer);
    tokio::time::timeout(GIVE_UP, async { tokio::join!(asking, listening).1 }).await.unwrap()?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let mut lines: Vec<_> = answer.lines().filter(|line| !line.to_lowercase().starts_with("date:")).collect();
    lines.sort_unstable();
    Ok(lines.join("\n"))
}

fn request(head: &str, body: &str) -> Vec<u8> {
    format!("{head}\r\nhost: here\r\nconnection: close\r\n\r\n{body}").into_bytes()
}

fn abuses() -> Vec<(&'static str, End, Vec<u8>)> {
    let hops = vec!["198.51.100.1"; 400].join(", ");
    let many = (0..90).map(|number| format!("\r\nx-noise-{number}: {number}")).collect::<String>();
    vec![
        ("an empty line and nothing else", Short, b"\r\n\r\n".to_vec()),
        ("half a request line", Short, b"GET /any HT".to_vec()),
        ("half a header", Short, b"GET /any HTTP/1.1\r\nhost: he".to_vec()),
        ("no HTTP at all", Short, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec()),
        ("a version from the future", Whole, request("GET /any HTTP/9.9", "")),
        ("two blanks", Whole, request("GET  /any HTTP/1.1", "")),
        ("a header without a colon", Whole, request("GET /any HTTP/1.1\r\nx-broken", "")),
        ("a control character in a header", Whole, request("GET /any HTTP/1.1\r\nx-broken: a\x01b", "")),
        ("invalid percent-encoding", Whole, request("GET /any/%zz%f HTTP/1.1", "")),
        ("an invalid query", Whole, request("GET /any?%%%=%zz&&=& HTTP/1.1", "")),
        ("a query of a megabyte", Long, request(&format!("GET /any?{} HTTP/1.1", "q".repeat(1 << 20)), "")),
        (
            "a query of fifty kilobytes",
            Whole,
            request(&format!("GET /any?{} HTTP/1.1", "q".repeat(50_000)), ""),
        ),
        (
            "a header of a megabyte",
            Long,
            request(&format!("GET /any HTTP/1.1\r\nx-long: {}", "h".repeat(1 << 20)), ""),
        ),
        ("ninety headers", Whole, request(&format!("GET /any HTTP/1.1{many}"), "")),
        ("four hundred hops", Whole, request(&format!("GET /any HTTP/1.1\r\nx-forwarded-for: {hops}"), "")),
        ("forwarding garbage", Whole, request("GET /any HTTP/1.1\r\nforwarded: for=\"[::1;;;=,,\\\"", "")),
        (
            "a chunk size that is no number",
            Whole,
            request("POST /echo HTTP/1.1\r\ntransfer-encoding: chunked", "zz\r\nab"),
        ),
        (
            "a chunk longer than the world",
            Whole,
            request("POST /echo HTTP/1.1\r\ntransfer-encoding: chunked", "fffffffffffffffff\r\n"),
        ),
        (
            "chunks without an end",
            Short,
            request("POST /echo HTTP/1.1\r\ntransfer-encoding: chunked", "2\r\nab\r\n"),
        ),
        (
            "a longer body than announced",
            Whole,
            request("POST /echo HTTP/1.1\r\ncontent-length: 2", "abcdef"),
        ),
        ("a shorter body than announced", Short, request("POST /echo HTTP/1.1\r\ncontent-length: 20", "ab")),
        ("a length that is negative", Whole, request("POST /echo HTTP/1.1\r\ncontent-length: -1", "ab")),
        (
            "two lengths",
            Whole,
            request("POST /echo HTTP/1.1\r\ncontent-length: 2\r\ncontent-length: 3", "abc"),
        ),
        (
            "a length and chunks",
            Whole,
            request("POST /echo HTTP/1.1\r\ncontent-length: 3\r\ntransfer-encoding: chunked", "0\r\n\r\n"),
        ),
        (
            "a shorter body than announced that nobody reads",
            Short,
            request("POST /ignore HTTP/1.1\r\ncontent-length: 20", "ab"),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn abuse_is_answered_as_without_a_layer_and_leaves_one_span_or_none() {
    let (bare, twins) = (Bare::start().await, Twins::start().await);
    for (name, end, bytes) in abuses() {
        for (front, (without, with)) in bare.addresses().into_iter().zip(twins.addresses()).enumerate() {
            let (expected, got) = (answer(without, &bytes, end).await, answer(with, &bytes, end).await);
            let lost = end != Whole && (got.is_empty() || expected.is_empty());
            assert!(
                lost || got == expected,
                "{got}\ninstead of\n{expected}\n{name}, {}",
                ["axum", "actix-web"][front]
            );
        }
    }
    for spans in twins.stop().await {
        let roots: HashSet<_> = spans.iter().map(|span| span.span_context.trace_id()).collect();
        assert_eq!(roots.len(), spans.len(), "one span each");
        for span in spans {
            assert!(
                ["GET", "GET /any", "POST /echo", "POST /ignore"].contains(&&*span.name),
                "{}",
                span.name
            );
            let long = span.attributes.iter().find(|attribute| attribute.value.as_str().len() > 64 * 1024);
            assert_eq!(long, None, "everything is bounded");
        }
    }
}
