//! What a request asks for, and with which headers.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

/// Sampled by the caller, and not.
const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const NOT_SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

/// Where the requests of measurements in this process come from.
pub(crate) const PEER: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, 1), 4711));

/// The answer of the plain route.
pub(crate) const HELLO: &str = "Hello, world!";

/// Pieces of a streamed answer.
pub(crate) const PIECES: usize = 8;

/// What is posted, and posted back.
pub(crate) const LETTER: &str =
    r#"{"question":"When does the span of a request end?","history":["one","two","three"]}"#;

/// One kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A small static answer.
    Plain,
    /// The same, of a caller that has decided not to sample.
    NotSampled,
    /// The same, with three steps in the handler.
    Children,
    /// An answer in pieces.
    Streamed,
    /// A body each way.
    Body,
}

impl Shape {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Plain | Self::NotSampled => "/plain/42",
            Self::Children => "/children/42",
            Self::Streamed => "/streamed/42",
            Self::Body => "/body/42",
        }
    }

    /// The shape of the subjects that it is compared with.
    pub(crate) fn ground(self) -> Self {
        if self == Self::NotSampled { Self::Plain } else { self }
    }

    pub(crate) fn posts(self) -> bool {
        self == Self::Body
    }

    pub(crate) fn headers(self) -> [(&'static str, &'static str); 4] {
        let traceparent = if self == Self::NotSampled { NOT_SAMPLED } else { SAMPLED };
        [
            ("traceparent", traceparent),
            ("user-agent", "curl/8.5.0"),
            ("host", "shop.example.com"),
            ("x-user-id", "u-1"),
        ]
    }
}
