//! What the API has answered, and what that means.

#[cfg(test)]
mod fuzz;

use std::{error::Error, time::Duration};

use bytes::Bytes;
use http::{Response, header};
use hyper::body::Incoming;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

use super::ApiError;
use crate::{causes::chain, http_client, retry_after, text::head};

/// Bytes of an answer that are read.
const LONGEST: usize = 8 * 1024 * 1024;
/// Bytes of what an answer says that are repeated.
const SAID: usize = 1024;

/// An answer, read to its end.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// It is a web page.
    page: bool,
    /// How long it asks to be left alone.
    after: Option<Duration>,
    body: Bytes,
}

/// Why an attempt has brought no answer.
#[derive(Debug)]
pub(super) enum Missed {
    /// Another attempt may.
    Lost(String),
    Unusable(ApiError),
}

impl Missed {
    /// There was no connection, or it broke off.
    pub(super) fn broken(error: &dyn Error) -> Self {
        Self::Lost(chain("the connection failed", error))
    }
}

impl Reply {
    pub(super) async fn read(response: Response<Incoming>) -> Result<Self, Missed> {
        let status = response.status().as_u16();
        let page = http_client::is_page(response.headers());
        let after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let after = after.and_then(retry_after::read);
        let body = http_client::read(response.into_body(), LONGEST).await;
        let body = body.map_err(|error| Missed::broken(&error))?.ok_or_else(|| {
            let reason = format!("it is longer than {LONGEST} bytes");
            Missed::Unusable(ApiError::Unusable { status, reason })
        })?;
        Ok(Self { status, page, after, body })
    }

    /// How long to wait before asking again, if that may help: `usual` where the server does not say.
    pub(super) fn asks_to_wait(&self, usual: Duration) -> Option<Duration> {
        matches!(self.status, 429 | 502 | 503 | 504).then(|| self.after.unwrap_or(usual))
    }

    /// Success, or what it says instead.
    pub(super) fn judged(self) -> Result<Self, ApiError> {
        match self.status {
            200..=299 => Ok(self),
            status @ 400.. => Err(ApiError::Refused { status, message: self.message() }),
            status => {
                let reason =
                    "it leads elsewhere, where the API key must not go: set `api_url` to where the API is";
                Err(ApiError::Unusable { status, reason: reason.to_owned() })
            }
        }
    }

    /// The answer in its shape.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let unusable = |reason| ApiError::Unusable { status: self.status, reason };
        serde_json::from_slice(&self.body).map_err(|error| {
            if error.is_data() {
                let said = error.to_string();
                return unusable(format!("it has another shape than expected: {}", head(&said, SAID)));
            }
            let cure =
                if self.page { ": a web page came back, is `api_url` the URL of the API?" } else { "" };
            unusable(format!("Invalid JSON response{cure}"))
        })
    }

    /// What the API says of its refusal: `error` or `errors` of its JSON, or its text.
    fn message(&self) -> String {
        let json: Option<Value> = serde_json::from_slice(&self.body).ok();
        let said = match json.as_ref().map(|json| json.get("error").or_else(|| json.get("errors"))) {
            Some(Some(Value::String(text))) => text.clone(),
            Some(Some(Value::Null) | None) => String::new(),
            Some(Some(other)) => other.to_string(),
            None if self.page => String::new(),
            None => String::from_utf8_lossy(&self.body).into_owned(),
        };
        match head(said.trim(), SAID) {
            "" => unspoken(self.status),
            said => said.to_owned(),
        }
    }

    /// Passes on what the API remarks beside its answer.
    pub(super) fn remark(&self) {
        #[derive(Deserialize)]
        struct Remarked {
            warning: Option<String>,
        }

        let remarked: Option<Remarked> = serde_json::from_slice(&self.body).ok();
        if let Some(warning) = remarked.and_then(|remarked| remarked.warning) {
            tracing::warn!(target: "basalt", "the Basalt API remarks: {}", head(&warning, SAID));
        }
    }
}

fn unspoken(status: u16) -> String {
    match status {
        400 => "Bad Request".to_owned(),
        401 => "Unauthorized".to_owned(),
        403 => "Forbidden".to_owned(),
        404 => "Not Found".to_owned(),
        status => format!("HTTP {status}"),
    }
}

/// For fields that may be missing or null.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::*;

    fn refusal(kind: &str, body: &'static str) -> String {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::try_from(kind).unwrap())]);
        let page = http_client::is_page(&headers);
        let reply = Reply { status: 404, page, after: None, body: body.into() };
        reply.judged().unwrap_err().message().into_owned()
    }

    #[test]
    fn a_refusal_says_what_the_server_says() {
        for (kind, body, said) in [
            ("application/json", r#"{"error": "no such prompt"}"#, "no such prompt"),
            ("application/json", r#"{"errors": ["a", {"b": 1}]}"#, r#"["a",{"b":1}]"#),
            ("application/json", r#"{"detail": "?"}"#, "Not Found"),
            ("application/json", r#"{"error": null}"#, "Not Found"),
            ("application/json", "", "Not Found"),
            ("text/plain", " nothing here ", "nothing here"),
            ("text/html; charset=utf-8", "<html>…</html>", "Not Found"),
        ] {
            assert_eq!(refusal(kind, body), said);
        }
    }
}
