//! OTLP over gRPC: one unary call, whose message is sent as it was packed.
//!
//! Source: gRPC over HTTP/2. The call is written here because tonic's own client compresses a message for every attempt.

use std::{
    future::poll_fn,
    pin::pin,
    task::{Context, Poll},
    time::Duration,
};

use ::http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header, uri::PathAndQuery,
};
use bytes::{BufMut, Bytes, BytesMut};
use http_body::Body as _;
use tonic::{
    Code, Status,
    body::Body,
    metadata::MetadataMap,
    transport::{Channel, Endpoint},
};
use tower_service::Service;

use super::{gzip, reply};
use crate::{
    export::{OtlpTarget, parcel::Reply},
    http_client::{self, Connector, USER_AGENT, Version},
};

const EXPORT: PathAndQuery =
    PathAndQuery::from_static("/opentelemetry.proto.collector.trace.v1.TraceService/Export");
const KIND: HeaderValue = HeaderValue::from_static("application/grpc");
const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const DETAILS: &str = "grpc-status-details-bin";

/// Bytes of an answer that are read.
const ANSWER: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Grpc {
    channel: Channel,
    headers: HeaderMap,
    timeout: Duration,
    secure: bool,
}

impl Grpc {
    pub(super) fn open(target: &OtlpTarget) -> Result<Self, String> {
        let uri: Uri = target.endpoint.url.parse().map_err(|_| "the endpoint is no URL".to_owned())?;
        let authority = uri.authority().ok_or("the endpoint names no host")?;
        // For tonic the connection is plain, whatever its features are: the connector encrypts it.
        let plain =
            Endpoint::from_shared(format!("http://{authority}")).map_err(|error| error.to_string())?;
        let channel = plain
            .origin(uri.clone())
            .http2_keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(10))
            .user_agent(USER_AGENT)
            .map_err(|error| error.to_string())?
            .connect_with_connector_lazy(Target { connector: target.connector(Version::Http2)?, uri });
        Ok(Self {
            channel,
            headers: headers(target.header_map()?),
            timeout: target.timeout,
            secure: target.endpoint.secure,
        })
    }

    pub(super) async fn send(&self, message: Bytes) -> Reply {
        match tokio::time::timeout(self.timeout, self.export(&message)).await {
            Ok(Ok(answer)) => reply::accepted(&answer),
            Ok(Err(status)) => self.explained(reply::of_grpc(&status)),
            Err(_) => Reply::unanswered(self.timeout),
        }
    }

    /// What answers may speak something else.
    fn explained(&self, reply: Reply) -> Reply {
        match reply {
            Reply::Later { mut reason, after }
                if !self.secure && reason.contains("frame with invalid size") =>
            {
                reason.push_str(
                    "; does it speak HTTP/1.1? then say so with `protocol`; does it want TLS? then use https",
                );
                Reply::Later { reason, after }
            }
            reply => reply,
        }
    }

    async fn export(&self, message: &[u8]) -> Result<Bytes, Status> {
        let failed = |error: tonic::transport::Error| Status::from_error(Box::new(error));
        let mut channel = self.channel.clone();
        poll_fn(|context| channel.poll_ready(context)).await.map_err(failed)?;
        answered(channel.call(self.request(message)).await.map_err(failed)?).await
    }

    fn request(&self, message: &[u8]) -> Request<Body> {
        let compressed = gzip::is_compressed(message);
        let frame = http_client::Body::Bytes(framed(compressed, message));
        let mut request = Request::new(Body::new(frame));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = Uri::from(EXPORT);
        *request.headers_mut() = self.headers.clone();
        if compressed {
            request.headers_mut().insert(ENCODING, HeaderValue::from_static("gzip"));
        }
        request
    }
}

/// Connects to one place, whatever tonic asks for.
struct Target {
    connector: Connector,
    uri: Uri,
}

impl Service<Uri> for Target {
    type Response = <Connector as Service<Uri>>::Response;
    type Error = <Connector as Service<Uri>>::Error;
    type Future = <Connector as Service<Uri>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        self.connector.call(self.uri.clone())
    }
}

/// Those of the protocol replace those that were given.
fn headers(mut given: HeaderMap) -> HeaderMap {
    for reserved in ["grpc-message", "grpc-message-type", "grpc-status"] {
        given.remove(reserved);
    }
    given.remove(ENCODING);
    given.insert(header::TE, HeaderValue::from_static("trailers"));
    given.insert(header::CONTENT_TYPE, KIND);
    given
}

/// One byte for compression, four for the length, the message.
fn framed(compressed: bool, message: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(5 + message.len());
    frame.put_u8(compressed.into());
    // No message is as long: it begins another one at 3.5 MB.
    frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    frame.put_slice(message);
    frame.freeze()
}

/// The message of the frame. One that is compressed was not asked for, and nothing is known of it.
fn unframed(frame: &[u8]) -> &[u8] {
    match frame.split_first_chunk::<5>() {
        Some(([0, length @ ..], rest)) => {
            let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
            rest.get(..length).unwrap_or_default()
        }
        _ => &[],
    }
}

/// The message of an answer, or the status that says why there is none.
async fn answered(answer: Response<Body>) -> Result<Bytes, Status> {
    let (head, body) = answer.into_parts();
    // Without a body, the status stands in the head.
    if let Some(status) = status(&head.headers) {
        return succeeded(status).map(|()| Bytes::new());
    }
    let kind = head.headers.get(header::CONTENT_TYPE);
    let speaks_grpc = kind.is_some_and(|kind| kind.as_bytes().starts_with(KIND.as_bytes()));
    if head.status != StatusCode::OK || !speaks_grpc {
        return Err(of_http(head.status));
    }
    let mut body = pin!(body);
    let (mut message, mut last) = (BytesMut::new(), None);
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        match frame?.into_data() {
            Ok(data) => {
                let room = ANSWER.saturating_sub(message.len());
                message.extend_from_slice(data.get(..room).unwrap_or(&data));
            }
            Err(frame) => last = frame.into_trailers().ok().as_ref().and_then(status).or(last),
        }
    }
    succeeded(last.ok_or_else(|| Status::unavailable("the answer breaks off, without a status"))?)?;
    let frame = message.freeze();
    Ok(frame.slice_ref(unframed(&frame)))
}

fn succeeded(status: Status) -> Result<(), Status> {
    if status.code() == Code::Ok { Ok(()) } else { Err(status) }
}

/// The status in headers or trailers. tonic panics at details that are no base 64.
fn status(headers: &HeaderMap) -> Option<Status> {
    let mut metadata = MetadataMap::from_headers(headers.clone());
    if metadata.get_bin(DETAILS).is_some_and(|details| details.to_bytes().is_err()) {
        metadata.remove_bin(DETAILS);
    }
    Status::from_header_map(&metadata.into_headers())
}

/// What answers is no gRPC. Source: gRPC, "HTTP to gRPC Status Code Mapping".
fn of_http(status: StatusCode) -> Status {
    let code = match status.as_u16() {
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        429 | 502 | 503 | 504 => Code::Unavailable,
        _ => Code::Unimplemented,
    };
    Status::new(code, format!("it answers {status}, and not by gRPC"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_back_and_broken_ones_are_empty() {
        assert_eq!(unframed(&framed(false, b"abc")), b"abc");
        for broken in
            [b"".as_slice(), b"\0\0", b"\0\0\0\0\x09abc", b"\x01\0\0\0\x03abc", b"\0\xff\xff\xff\xffabc"]
        {
            assert_eq!(unframed(broken), b"", "{broken:?}");
        }
    }

    #[test]
    fn details_that_are_no_base_64_are_passed_over() {
        let mut headers = HeaderMap::new();
        assert!(status(&headers).is_none());
        headers.insert("grpc-status", HeaderValue::from_static("14"));
        for (details, kept) in [("AAAA", true), ("AA", true), ("A", false), ("!", false), ("\u{1}", false)] {
            let Ok(details) = HeaderValue::from_str(details) else { continue };
            headers.insert(DETAILS, details);
            let status = status(&headers).unwrap();
            assert_eq!((status.code(), !status.details().is_empty()), (Code::Unavailable, kept));
        }
    }

    #[test]
    fn headers_of_the_protocol_are_not_ours_to_give() {
        let mut given = HeaderMap::new();
        for name in ["te", "content-type", "grpc-status", "grpc-encoding", "x-tenant"] {
            given.insert(name, HeaderValue::from_static("given"));
        }
        let headers = headers(given);
        assert_eq!(
            (&headers["te"], &headers["content-type"]),
            (&HeaderValue::from_static("trailers"), &KIND)
        );
        assert_eq!((headers.len(), &headers["x-tenant"]), (3, &HeaderValue::from_static("given")));
    }
}
