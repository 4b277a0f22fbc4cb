//! OTLP over HTTP, with binary protobuf.

use std::{io::Write, time::Duration};

use ::http::{HeaderMap, HeaderValue, StatusCode, header};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use reqwest::{Client, Response};

use super::reply;
#[cfg(feature = "tls")]
use crate::tls;
use crate::{
    causes::chain,
    export::{OtlpTarget, parcel::Reply},
    http_client,
};

const PROTOBUF: HeaderValue = HeaderValue::from_static("application/x-protobuf");

/// Bytes of an answer that are read.
const ANSWER: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Http {
    client: Client,
    url: String,
    headers: HeaderMap,
    compressed: bool,
    timeout: Duration,
}

impl Http {
    pub(super) fn open(target: OtlpTarget) -> Result<Self, String> {
        let mut headers = target.header_map()?;
        headers.entry(header::CONTENT_TYPE).or_insert(PROTOBUF);
        let compressed = target.compressed();
        if compressed {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let (client, timeout) = (client(&target)?, target.timeout);
        Ok(Self { client, url: target.endpoint.url, headers, compressed, timeout })
    }

    pub(super) async fn send(&self, message: Bytes) -> Reply {
        let body = if self.compressed { zipped(&message) } else { message };
        let request = self.client.post(&self.url).headers(self.headers.clone()).body(body);
        match tokio::time::timeout(self.timeout, answered(request.send())).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(error)) => {
                let mut reason = chain("the collector cannot be reached", &error.without_url());
                if reason.contains("invalid HTTP version") {
                    reason.push_str("; does it speak gRPC? then say so with `protocol`, or use port 4317");
                }
                Reply::Later { reason, after: None }
            }
            Err(_) => Reply::unanswered(self.timeout),
        }
    }
}

async fn answered(
    answer: impl Future<Output = Result<Response, reqwest::Error>>,
) -> Result<Reply, reqwest::Error> {
    let mut answer = answer.await?;
    if answer.status() != StatusCode::OK && answer.status() != StatusCode::ACCEPTED {
        let retry_after = answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        return Ok(reply::of_http(answer.status(), retry_after));
    }
    if http_client::is_page(answer.headers()) {
        let reason = "a web page came back: is the endpoint one for OTLP, with the path /v1/traces?";
        return Ok(Reply::Refused { reason: reason.to_owned() });
    }
    let mut message = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        message.extend_from_slice(&chunk);
        if message.len() > ANSWER {
            break;
        }
    }
    Ok(reply::accepted(&message))
}

fn zipped(message: &[u8]) -> Bytes {
    let mut zipped = GzEncoder::new(Vec::with_capacity(message.len() / 4), Compression::fast());
    // Writing to memory does not fail.
    let _ = zipped.write_all(message);
    zipped.finish().unwrap_or_default().into()
}

fn client(target: &OtlpTarget) -> Result<Client, String> {
    let builder = http_client::builder();
    let builder = match &target.proxy {
        Some(proxy) => builder.proxy(reqwest::Proxy::all(proxy).map_err(|error| error.to_string())?),
        None => builder,
    };
    #[cfg(feature = "tls")]
    let builder = builder.tls_backend_preconfigured(tls::client(
        target.root_certificate.as_deref(),
        target.client_certificate.as_ref(),
    )?);
    builder.build().map_err(|error| chain("the client", &error))
}
