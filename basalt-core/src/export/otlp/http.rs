//! OTLP over HTTP, with binary protobuf.

use std::time::Duration;

use ::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use bytes::Bytes;
use hyper::body::Incoming;

use super::{gzip, reply};
use crate::{
    causes::chain,
    export::{OtlpTarget, parcel::Reply},
    http_client::{self, Body, HttpClient, Version},
};

const PROTOBUF: HeaderValue = HeaderValue::from_static("application/x-protobuf");
const GZIP: HeaderValue = HeaderValue::from_static("gzip");

/// Bytes of an answer that are read.
const ANSWER: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Http {
    client: HttpClient,
    uri: Uri,
    headers: HeaderMap,
    timeout: Duration,
}

impl Http {
    pub(super) fn open(target: &OtlpTarget) -> Result<Self, String> {
        let uri = target.endpoint.url.parse().map_err(|_| "the endpoint is no URL".to_owned())?;
        let mut headers = target.header_map()?;
        headers.entry(header::CONTENT_TYPE).or_insert(PROTOBUF);
        let client = HttpClient::new(target.connector(Version::Http1)?);
        Ok(Self { client, uri, headers, timeout: target.timeout })
    }

    pub(super) async fn send(&self, message: Bytes) -> Reply {
        match tokio::time::timeout(self.timeout, self.export(message)).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(mut reason)) => {
                if reason.contains("invalid HTTP version") {
                    reason.push_str(self.misunderstood());
                }
                Reply::Later { reason, after: None }
            }
            Err(_) => Reply::unanswered(self.timeout),
        }
    }

    async fn export(&self, message: Bytes) -> Result<Reply, String> {
        let answer = self.client.send(self.request(message)).await;
        let answer = answer.map_err(|error| chain(UNREACHABLE, &error))?;
        answered(answer).await
    }

    fn request(&self, message: Bytes) -> Request<Body> {
        let compressed = gzip::is_compressed(&message);
        let mut request = Request::new(Body::Bytes(message));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        if compressed {
            request.headers_mut().insert(header::CONTENT_ENCODING, GZIP);
        }
        request
    }

    /// What answers is no HTTP/1.1.
    fn misunderstood(&self) -> &'static str {
        match self.uri.scheme_str() {
            Some("https") => "; does it speak gRPC? then say so with `protocol`",
            _ => {
                "; does it speak gRPC? then say so with `protocol`, or use port 4317; does it want TLS? then use https"
            }
        }
    }
}

const UNREACHABLE: &str = "the collector cannot be reached";

async fn answered(answer: Response<Incoming>) -> Result<Reply, String> {
    if answer.status() != StatusCode::OK && answer.status() != StatusCode::ACCEPTED {
        let retry_after = answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        return Ok(reply::of_http(answer.status(), retry_after));
    }
    if http_client::is_page(answer.headers()) {
        let reason = "a web page came back: is the endpoint one for OTLP, with the path /v1/traces?";
        return Ok(Reply::Refused { reason: reason.to_owned() });
    }
    // Of an answer that is too long nothing is known but that it is one.
    let message = http_client::read(answer.into_body(), ANSWER).await;
    let message = message.map_err(|error| chain(UNREACHABLE, &error))?;
    Ok(reply::accepted(&message.unwrap_or_default()))
}
