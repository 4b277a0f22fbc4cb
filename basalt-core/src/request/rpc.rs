//! A gRPC call inside an exchange: its method, and the status that comes after the answer.
//!
//! Source: OpenTelemetry's RPC conventions (release candidate), gRPC.

use std::{
    str,
    time::{Duration, Instant},
};

use http::{HeaderName, header::CONTENT_TYPE};

use super::{Head, head::only};
use crate::{
    context::{Headers, Record},
    semconv::rpc as keys,
};

/// What spans are called whose method the server does not know.
pub(super) const SYSTEM: &str = "grpc";

const TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
const STATUS: HeaderName = HeaderName::from_static("grpc-status");

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
const DEADLINE_EXCEEDED: &str = "DEADLINE_EXCEEDED";

/// The codes that are the server's failure; the others are the caller's business.
const ERRORS: [&str; 6] =
    ["UNKNOWN", DEADLINE_EXCEEDED, UNIMPLEMENTED, "INTERNAL", "UNAVAILABLE", "DATA_LOSS"];

/// One call.
#[derive(Debug)]
pub(super) struct Rpc {
    /// As sent: `package.Service/Method`.
    method: String,
    /// When the caller stops waiting, if it has said so.
    deadline: Option<Instant>,
    /// Something that speaks no gRPC has answered.
    refused: bool,
    pub(super) status: Option<&'static str>,
}

impl Rpc {
    /// None for any request that is no gRPC, whatever it says of itself: a router that has matched something
    /// else than a service knows better.
    pub(super) fn of(head: &Head<'_>, content_type: Option<&str>) -> Option<Self> {
        if !(is_grpc(content_type?) && head.route.is_none_or(|route| serves(route, head.path))) {
            return None;
        }
        let method = head.path.strip_prefix('/').unwrap_or(head.path);
        let deadline = head.named(&TIMEOUT).and_then(timeout);
        Some(Self {
            method: method.to_owned(),
            deadline: deadline.and_then(|timeout| Instant::now().checked_add(timeout)),
            refused: false,
            status: None,
        })
    }

    /// The service has answered. Whether the status is still to come.
    pub(super) fn answered(&mut self, headers: &dyn Headers) -> bool {
        self.refused = !only(headers, &CONTENT_TYPE).is_some_and(is_grpc);
        self.look(headers);
        !self.refused && self.status.is_none()
    }

    /// Nobody waits for the answer any more. Who has waited as long as it had said to, has met its deadline.
    pub(super) fn abandoned(&mut self) {
        if self.status.is_none() && self.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            self.status = Some(DEADLINE_EXCEEDED);
        }
    }

    /// Looks for the status: among the trailers, or among the headers of an answer that has no more to say.
    pub(super) fn look(&mut self, fields: &dyn Headers) {
        if let Some(number) = only(fields, &STATUS) {
            let code = number.parse::<usize>().ok().and_then(|number| CODES.get(number));
            self.status = Some(code.copied().unwrap_or("UNKNOWN"));
        }
    }

    /// The method, if the server knows it: callers must not choose names.
    pub(super) fn method(&self) -> Option<&str> {
        let known = !self.refused && self.status != Some(UNIMPLEMENTED) && well_formed(&self.method);
        known.then_some(&self.method)
    }

    /// Says what is known at its end.
    pub(super) fn describe(&self, record: &mut Record) {
        match self.method() {
            Some(method) => {
                record.rename(method.to_owned().into());
                record.conclude(keys::METHOD, method.to_owned());
            }
            None => {
                record.rename(SYSTEM.into());
                record.conclude(keys::METHOD, "_OTHER");
                record.conclude(keys::METHOD_ORIGINAL, self.method.clone());
            }
        }
        if let Some(status) = self.status {
            record.conclude(keys::STATUS_CODE, status);
        }
    }

    /// The status, if it is the server's failure.
    pub(super) fn error(&self) -> Option<&'static str> {
        self.status.filter(|status| ERRORS.contains(status))
    }
}

/// Whether a request says of itself, by its `content-type`, that it is a gRPC call. The route must then be known before it is answered.
#[must_use]
pub fn is_call(content_type: &[u8]) -> bool {
    str::from_utf8(content_type).is_ok_and(is_grpc)
}

fn is_grpc(content_type: &str) -> bool {
    let rest = content_type.strip_prefix("application/grpc");
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', ';']))
}

/// Whether a route is all of a service, `/package.Service/{*rest}`, or one method.
fn serves(route: &str, path: &str) -> bool {
    route.split_once("{*").map_or(route == path, |(service, _)| path.starts_with(service))
}

/// At most eight digits and a unit: gRPC over HTTP/2, `grpc-timeout`.
fn timeout(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if number.len() > 8 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = number.parse::<u64>().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
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
    use http::{HeaderMap, HeaderValue};

    use super::*;

    fn rpc(path: &str, content_type: &'static str) -> Option<Rpc> {
        Rpc::of(&Head { path, ..Head::nothing(&HeaderMap::new()) }, Some(content_type))
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
    fn a_router_knows_better_than_a_header() {
        let headers = HeaderMap::new();
        for (route, is_call) in
            [("/a.B/{*rest}", true), ("/a.B/C", true), ("/a.B/{id}", false), ("/x.Y/{*rest}", false)]
        {
            let head = Head { path: "/a.B/C", route: Some(route), ..Head::nothing(&headers) };
            assert_eq!(Rpc::of(&head, Some("application/grpc")).is_some(), is_call, "{route}");
        }
    }

    #[test]
    fn timeouts_are_read_as_grpc_writes_them() {
        for (text, read) in [
            ("1H", Some(Duration::from_secs(3600))),
            ("99999999S", Some(Duration::from_secs(99_999_999))),
            ("250m", Some(Duration::from_millis(250))),
            ("7n", Some(Duration::from_nanos(7))),
            ("100000000S", None),
            ("S", None),
            ("", None),
            ("-1S", None),
            ("1s", None),
            ("1µ", None),
        ] {
            assert_eq!(timeout(text), read, "{text}");
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
        assert_eq!((unknown.method(), &*unknown.method), (None, "a.B/C"));
        let mut refused = rpc("/a.B/C", "application/grpc").unwrap();
        assert!(!refused.answered(&HeaderMap::new()), "no status comes after an answer that is no gRPC");
        assert_eq!(refused.method(), None);
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
