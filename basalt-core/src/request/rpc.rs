//! A gRPC call inside an exchange: its method, and the status that comes after the answer.
//!
//! Source: OpenTelemetry's RPC conventions (release candidate), gRPC.

use super::{Head, head::only};
use crate::context::Headers;

/// What spans are called whose method the server does not know.
pub(super) const SYSTEM: &str = "grpc";

/// Longer ones are none.
const METHOD_LIMIT: usize = 256;

/// The names of the status codes, in the order of their numbers.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

const UNIMPLEMENTED: &str = "UNIMPLEMENTED";

/// The codes that are the server's failure; the others are the caller's business.
const ERRORS: [&str; 6] =
    ["UNKNOWN", "DEADLINE_EXCEEDED", UNIMPLEMENTED, "INTERNAL", "UNAVAILABLE", "DATA_LOSS"];

/// One call.
#[derive(Debug)]
pub(super) struct Rpc {
    /// As sent: `package.Service/Method`.
    method: String,
    pub(super) status: Option<&'static str>,
}

impl Rpc {
    /// None for any request that is no gRPC.
    pub(super) fn of(head: &Head<'_>) -> Option<Self> {
        let rest = head.header("content-type")?.strip_prefix("application/grpc")?;
        if !(rest.is_empty() || rest.starts_with(['+', ';'])) {
            return None;
        }
        let method = head.path.strip_prefix('/').unwrap_or(head.path);
        Some(Self { method: method.to_owned(), status: None })
    }

    /// Looks for the status: among the trailers, or among the headers of an answer that has no more to say.
    pub(super) fn look(&mut self, fields: &dyn Headers) {
        if let Some(number) = only(fields, "grpc-status") {
            let code = number.parse::<usize>().ok().and_then(|number| CODES.get(number));
            self.status = Some(code.copied().unwrap_or("UNKNOWN"));
        }
    }

    /// The method, if the server knows it: callers must not choose names.
    pub(super) fn method(&self) -> Option<&str> {
        (self.status != Some(UNIMPLEMENTED) && well_formed(&self.method)).then_some(&self.method)
    }

    pub(super) fn original(&self) -> &str {
        &self.method
    }

    /// The status, if it is the server's failure.
    pub(super) fn error(&self) -> Option<&'static str> {
        self.status.filter(|status| ERRORS.contains(status))
    }
}

fn well_formed(method: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let parts = method.split_once('/');
    method.len() <= METHOD_LIMIT
        && parts.is_some_and(|(service, name)| {
            !service.is_empty() && !name.is_empty() && service.bytes().chain(name.bytes()).all(known)
        })
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};

    use super::*;

    fn rpc(path: &str, content_type: &'static str) -> Option<Rpc> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Rpc::of(&Head { path, ..Head::nothing(&headers) })
    }

    #[test]
    fn only_grpc_is_grpc() {
        for content_type in ["application/grpc", "application/grpc+proto", "application/grpc;x=1"] {
            assert!(rpc("/a.B/C", content_type).is_some(), "{content_type}");
        }
        for content_type in ["application/grpc-web", "application/json", "text/plain"] {
            assert!(rpc("/a.B/C", content_type).is_none(), "{content_type}");
        }
    }

    #[test]
    fn callers_do_not_choose_names() {
        for (path, method) in [
            ("/a.B/C", Some("a.B/C")),
            ("/a.B/C/D", None),
            ("/", None),
            ("/a", None),
            ("/a.B/", None),
            ("/a b/C", None),
        ] {
            assert_eq!(rpc(path, "application/grpc").unwrap().method(), method, "{path}");
        }
        let mut unknown = rpc("/a.B/C", "application/grpc").unwrap();
        unknown.status = Some(UNIMPLEMENTED);
        assert_eq!((unknown.method(), unknown.original()), (None, "a.B/C"));
    }

    #[test]
    fn statuses_have_names_and_some_are_errors() {
        for (number, name, error) in
            [("0", "OK", false), ("5", "NOT_FOUND", false), ("13", "INTERNAL", true), ("99", "UNKNOWN", true)]
        {
            let mut call = rpc("/a.B/C", "application/grpc").unwrap();
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", HeaderValue::from_static(number));
            call.look(&trailers);
            assert_eq!((call.status, call.error().is_some()), (Some(name), error));
        }
    }
}
