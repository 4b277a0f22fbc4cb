//! What is captured of an exchange beyond its description, on request.

use http::{
    HeaderName,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};
use opentelemetry::{Array, Key, StringValue, Value};

use super::{head::only, identify::header_name};
use crate::{
    capture::Content,
    context::{Headers, Record},
    cut,
    payload::Payload,
    text,
};

/// Parts of a header's name that tell of a credential.
const SECRET: [&str; 8] =
    ["authorization", "cookie", "token", "secret", "password", "api-key", "apikey", "credential"];

/// What is captured of requests and answers beyond their description: headers and bodies. Nothing, until it is
/// asked for.
///
/// Headers that carry credentials (`authorization`, `cookie`, `set-cookie`, `x-api-key` and the like) are
/// written as `[redacted]` even when they are named. Bodies are copied while they stream, never held back; only
/// text is kept (by content type, not compressed, valid UTF-8), up to a limit, and only where content is captured at
/// all: [`Builder::trace_content`](crate::Builder::trace_content). They stand where a handler's own `set_input` and
/// `set_output` would stand, and give way to those.
///
/// ```
/// use basalt_core::CaptureHttp;
///
/// let capture = CaptureHttp::default()
///     .request_headers(["x-tenant"])
///     .response_headers(["x-served-by"])
///     .request_body(16_384)
///     .response_body(16_384)
///     .secret_parameters(["token"]);
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "it captures nothing until a layer has it"]
pub struct CaptureHttp {
    request_headers: Vec<Captured>,
    response_headers: Vec<Captured>,
    pub(super) request_body: usize,
    pub(super) response_body: usize,
    pub(super) secret_parameters: Vec<String>,
}

/// A header that is captured.
#[derive(Debug, Clone)]
struct Captured {
    name: HeaderName,
    key: Key,
    secret: bool,
}

impl CaptureHttp {
    /// Request headers that are captured, as `http.request.header.<name>`, a list of all values. Defaults to
    /// none.
    pub fn request_headers<S: AsRef<str>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.request_headers.extend(captured(names, "http.request.header."));
        self
    }

    /// Response headers that are captured, as `http.response.header.<name>`, a list of all values. Defaults to
    /// none.
    pub fn response_headers<S: AsRef<str>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.response_headers.extend(captured(names, "http.response.header."));
        self
    }

    /// How many bytes of a request's body are captured, as the request's input, as far as the handler reads it.
    /// In tower this is for bodies of axum's type. Defaults to 0.
    pub fn request_body(mut self, bytes: usize) -> Self {
        self.request_body = bytes;
        self
    }

    /// How many bytes of an answer's body are captured, as the request's output. Defaults to 0.
    pub fn response_body(mut self, bytes: usize) -> Self {
        self.response_body = bytes;
        self
    }

    /// Names of query parameters whose values are `REDACTED` in `url.query`, besides those of signed URLs that
    /// always are. Defaults to none.
    pub fn secret_parameters<S: AsRef<str>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.secret_parameters.extend(names.into_iter().map(|name| name.as_ref().to_owned()));
        self
    }

    pub(super) fn request(&self, headers: &dyn Headers, record: &mut Record) {
        write(&self.request_headers, headers, record);
    }

    pub(super) fn response(&self, headers: &dyn Headers, record: &mut Record) {
        write(&self.response_headers, headers, record);
    }
}

fn captured<S: AsRef<str>>(
    names: impl IntoIterator<Item = S>,
    prefix: &'static str,
) -> impl Iterator<Item = Captured> {
    names.into_iter().filter_map(move |name| {
        let name = header_name(name.as_ref())?;
        let secret = SECRET.iter().any(|part| name.as_str().contains(part));
        Some(Captured { key: Key::from(format!("{prefix}{name}")), name, secret })
    })
}

fn write(captured: &[Captured], headers: &dyn Headers, record: &mut Record) {
    let limit = record.content().limit;
    for Captured { name, key, secret } in captured {
        let mut values: Vec<StringValue> = Vec::new();
        let mut is_cut = false;
        headers.named(name, &mut |value| {
            let value = String::from_utf8_lossy(value);
            let head = text::head(&value, limit);
            is_cut |= head.len() < value.len();
            values.push(if *secret { "[redacted]".into() } else { head.to_owned().into() });
        });
        if *secret {
            values.truncate(1);
        }
        if !values.is_empty() {
            let (values, all_cut) = cut::value(Value::Array(Array::String(values)), limit.max(cut::SHORTEST));
            record.set(key.clone(), Payload { value: values.into(), cut: is_cut || all_cut });
        }
    }
}

/// How many bytes of a body are worth keeping: none of one that is no text or is compressed.
pub(super) fn worth_keeping(headers: &dyn Headers, asked: usize, content: Content) -> usize {
    let plain = only(headers, &CONTENT_ENCODING).is_none_or(|coding| coding.eq_ignore_ascii_case("identity"));
    let textual = only(headers, &CONTENT_TYPE).is_none_or(textual);
    if plain && textual && content.is_captured() { asked.min(content.limit) } else { 0 }
}

fn textual(content_type: &str) -> bool {
    const TEXTUAL: [&str; 10] = [
        "application/json",
        "application/x-ndjson",
        "application/jsonl",
        "application/xml",
        "application/x-www-form-urlencoded",
        "application/graphql",
        "application/javascript",
        "application/yaml",
        "application/toml",
        "application/sql",
    ];
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let ends = |suffix: &str| {
        let start = essence.len().checked_sub(suffix.len());
        start.and_then(|start| essence.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(suffix))
    };
    essence.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("text/"))
        || TEXTUAL.iter().any(|known| known.eq_ignore_ascii_case(essence))
        || ends("+json")
        || ends("+xml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_from_the_rest_by_its_type() {
        for content_type in [
            "text/plain",
            "Text/Event-Stream; charset=utf-8",
            "application/JSON",
            "application/problem+json",
            "image/svg+xml",
            "application/x-www-form-urlencoded",
        ] {
            assert!(textual(content_type), "{content_type}");
        }
        for content_type in
            ["image/png", "application/octet-stream", "multipart/form-data; boundary=x", "", "text"]
        {
            assert!(!textual(content_type), "{content_type}");
        }
    }

    #[test]
    fn credentials_are_known_by_name() {
        let secret: Vec<bool> = captured(
            [
                "Authorization",
                "proxy-authorization",
                "set-cookie",
                "x-api-key",
                "x-csrf-token",
                "x-tenant",
                "accept",
            ],
            "",
        )
        .map(|captured| captured.secret)
        .collect();
        assert_eq!(secret, [true, true, true, true, true, false, false]);
    }
}
