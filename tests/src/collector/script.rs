//! Collectors that do not do what they should.

use std::{fmt, future, time::Duration};

use basalt_tower::Protocol;
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use prost::Message;

/// What becomes of one request.
#[derive(Debug, Clone)]
pub enum Act {
    /// It is taken.
    Take,
    /// It is taken, but for so many spans.
    TakeInPart(i64),
    /// An HTTP status, with `retry-after` if there is something in it.
    Http(u16, &'static str),
    /// A gRPC status, with a message.
    Grpc(u8, &'static str),
    /// `RESOURCE_EXHAUSTED`, with `RetryInfo`.
    Exhausted(Duration),
    /// A web page.
    Page,
    /// No answer, ever.
    Hang,
    /// The connection breaks in the middle of the answer.
    Break,
    /// It is taken, and the connection breaks in the middle of the answer.
    TakeAndBreak,
}

/// The connection is closed without an answer.
#[derive(Debug)]
pub(super) struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("gone")
    }
}

impl std::error::Error for Gone {}

pub(super) type Answer = Response<BoxBody<Bytes, Gone>>;

#[derive(Clone, PartialEq, Message)]
struct Partial {
    #[prost(message, optional, tag = "1")]
    partial_success: Option<Refused>,
}

#[derive(Clone, PartialEq, Message)]
struct Refused {
    #[prost(int64, tag = "1")]
    spans: i64,
    #[prost(string, tag = "2")]
    message: String,
}

impl Act {
    pub(super) fn takes(&self) -> bool {
        matches!(self, Self::Take | Self::TakeInPart(_) | Self::TakeAndBreak)
    }

    pub(super) async fn play(self, protocol: Protocol) -> Result<Answer, Gone> {
        Ok(match self {
            Self::Take => taken(protocol, &[]),
            Self::TakeInPart(spans) => {
                let refused = Refused { spans, message: "too old".to_owned() };
                taken(protocol, &Partial { partial_success: Some(refused) }.encode_to_vec())
            }
            Self::Http(status, retry_after) => {
                let mut answer = plain(StatusCode::from_u16(status).unwrap());
                if !retry_after.is_empty() {
                    answer.headers_mut().insert("retry-after", HeaderValue::from_static(retry_after));
                }
                answer
            }
            Self::Grpc(code, message) => trailers_only(code, message, None),
            Self::Exhausted(delay) => trailers_only(8, "slow down", Some(delay)),
            Self::Page => {
                let mut answer = Response::new(full(Bytes::from_static(b"<html>Welcome</html>")));
                answer
                    .headers_mut()
                    .insert("content-type", HeaderValue::from_static("text/html; charset=utf-8"));
                answer
            }
            Self::Hang => future::pending().await,
            Self::Break | Self::TakeAndBreak => {
                let frames = [Ok(Frame::data(Bytes::from_static(&[0]))), Err(Gone)];
                let mut answer = Response::new(BodyExt::boxed(StreamBody::new(stream::iter(frames))));
                answer.headers_mut().insert("content-type", content_type(protocol));
                answer
            }
        })
    }
}

fn full(bytes: Bytes) -> BoxBody<Bytes, Gone> {
    Full::new(bytes).map_err(|never| match never {}).boxed()
}

pub(super) fn plain(status: StatusCode) -> Answer {
    let mut answer = Response::new(full(Bytes::new()));
    *answer.status_mut() = status;
    answer
}

fn content_type(protocol: Protocol) -> HeaderValue {
    HeaderValue::from_static(match protocol {
        Protocol::Grpc => "application/grpc",
        _ => "application/x-protobuf",
    })
}

/// A message, for gRPC with its frame before it and the status in the trailers.
fn taken(protocol: Protocol, message: &[u8]) -> Answer {
    let body = match protocol {
        Protocol::Grpc => {
            let length = u32::try_from(message.len()).unwrap().to_be_bytes();
            let frame = Bytes::from([&[0], length.as_slice(), message].concat());
            let trailers =
                HeaderMap::from_iter([("grpc-status".parse().unwrap(), HeaderValue::from_static("0"))]);
            let body = Full::new(frame).map_err(|never| match never {});
            body.with_trailers(async move { Some(Ok(trailers)) }).boxed()
        }
        _ => full(Bytes::copy_from_slice(message)),
    };
    let mut answer = Response::new(body);
    answer.headers_mut().insert("content-type", content_type(protocol));
    answer
}

fn trailers_only(code: u8, message: &'static str, retry: Option<Duration>) -> Answer {
    let mut answer = plain(StatusCode::OK);
    let headers = answer.headers_mut();
    headers.insert("content-type", content_type(Protocol::Grpc));
    headers.insert("grpc-status", HeaderValue::from(u16::from(code)));
    headers.insert("grpc-message", HeaderValue::from_static(message));
    if let Some(retry) = retry {
        headers.insert("grpc-status-details-bin", HeaderValue::try_from(details(code, retry)).unwrap());
    }
    answer
}

/// `google.rpc.Status` with `google.rpc.RetryInfo` in it, in base 64.
fn details(code: u8, retry: Duration) -> String {
    #[derive(Clone, PartialEq, Message)]
    struct Status {
        #[prost(int32, tag = "1")]
        code: i32,
        #[prost(message, repeated, tag = "3")]
        details: Vec<Any>,
    }
    #[derive(Clone, PartialEq, Message)]
    struct Any {
        #[prost(string, tag = "1")]
        type_url: String,
        #[prost(bytes = "vec", tag = "2")]
        value: Vec<u8>,
    }
    #[derive(Clone, PartialEq, Message)]
    struct RetryInfo {
        #[prost(message, optional, tag = "1")]
        retry_delay: Option<Delay>,
    }
    #[derive(Clone, PartialEq, Message)]
    struct Delay {
        #[prost(int64, tag = "1")]
        seconds: i64,
        #[prost(int32, tag = "2")]
        nanos: i32,
    }
    let delay = Delay { seconds: retry.as_secs() as i64, nanos: retry.subsec_nanos() as i32 };
    let info = RetryInfo { retry_delay: Some(delay) }.encode_to_vec();
    let any = Any { type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(), value: info };
    base64(&Status { code: code.into(), details: vec![any] }.encode_to_vec())
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes)
}
