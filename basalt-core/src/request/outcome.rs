//! How an exchange ended, and what that says of it. The only place that judges.

use std::borrow::Cow;

use opentelemetry::trace::Status;

/// How an exchange ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The last byte was sent.
    Completed,
    /// Dropped before an answer: the client left, or a layer outside gave up. The span cannot know which.
    Cancelled,
    /// The client left before the end of the body.
    ClientDisconnected,
    /// The handler panicked.
    Panicked,
    /// The service failed without an answer; the error's type.
    ServiceError(&'static str),
    /// The body failed half way; the error's type.
    BodyError(&'static str),
    /// The connection speaks another protocol from here on.
    Upgraded,
}

/// What an outcome writes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// `basalt.http.outcome`; none if all went well.
    pub(super) outcome: Option<&'static str>,
    /// `error.type`; none if nothing failed.
    pub(super) error_type: Option<Cow<'static, str>>,
    /// Whether the span is marked as failed where nobody has given a reason.
    pub(super) status: Status,
}

impl Outcome {
    /// `failed_call` is the status of a gRPC call that is the server's failure.
    pub(super) fn judge(
        &self,
        answered: Option<u16>,
        failed_call: Option<&'static str>,
        disconnects_are_errors: bool,
    ) -> Verdict {
        let server_error = answered.filter(|status| *status >= 500).map(code);
        let server_error = server_error.or(failed_call.map(Cow::Borrowed));
        let outcome = match self {
            Self::Completed => None,
            Self::Cancelled => Some("cancelled"),
            Self::ClientDisconnected => Some("client_disconnected"),
            Self::Panicked => Some("panicked"),
            Self::ServiceError(_) => Some("service_error"),
            Self::BodyError(_) => Some("body_error"),
            Self::Upgraded => Some("upgraded"),
        };
        let error_type = match (self, server_error) {
            (Self::Panicked, _) => Some(Cow::Borrowed("panic")),
            (Self::ServiceError(kind) | Self::BodyError(kind), _) => Some(Cow::Borrowed(*kind)),
            (_, Some(code)) => Some(code),
            (Self::Cancelled | Self::ClientDisconnected, None) if disconnects_are_errors => {
                outcome.map(Cow::Borrowed)
            }
            (Self::Completed | Self::Cancelled | Self::ClientDisconnected | Self::Upgraded, None) => None,
        };
        let status = if error_type.is_some() { Status::error("") } else { Status::Unset };
        Verdict { outcome, error_type, status }
    }
}

/// The usual ones are not formatted anew.
fn code(status: u16) -> Cow<'static, str> {
    match status {
        500 => Cow::Borrowed("500"),
        501 => Cow::Borrowed("501"),
        502 => Cow::Borrowed("502"),
        503 => Cow::Borrowed("503"),
        504 => Cow::Borrowed("504"),
        other => Cow::Owned(other.to_string()),
    }
}

/// Whether an answer has no body by its nature: it is complete when it is made.
pub(super) fn bodiless(method_is_head: bool, status: u16) -> bool {
    method_is_head || matches!(status, 204 | 304)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_type(outcome: &Outcome, answered: Option<u16>) -> Option<String> {
        outcome.judge(answered, None, false).error_type.map(Cow::into_owned)
    }

    #[test]
    fn only_5xx_answers_are_errors() {
        for status in [200, 204, 301, 400, 404, 429, 499] {
            assert_eq!(error_type(&Outcome::Completed, Some(status)), None);
        }
        for status in [500, 503, 511, 599] {
            assert_eq!(error_type(&Outcome::Completed, Some(status)), Some(status.to_string()));
        }
    }

    #[test]
    fn a_client_that_leaves_is_not_the_servers_failure() {
        for (outcome, answered, name) in [
            (Outcome::Cancelled, None, "cancelled"),
            (Outcome::ClientDisconnected, Some(200), "client_disconnected"),
        ] {
            let verdict = outcome.judge(answered, None, false);
            assert_eq!(verdict.outcome, Some(name));
            assert_eq!((verdict.error_type, verdict.status), (None, Status::Unset));
        }
    }

    #[test]
    fn disconnects_are_errors_for_those_who_count_them() {
        for (outcome, name) in
            [(Outcome::Cancelled, "cancelled"), (Outcome::ClientDisconnected, "client_disconnected")]
        {
            let verdict = outcome.judge(None, None, true);
            assert_eq!(verdict.error_type.as_deref(), Some(name));
            assert_eq!(verdict.status, Status::error(""));
        }
    }

    #[test]
    fn a_call_that_failed_is_an_error_although_it_was_answered() {
        let verdict = Outcome::Completed.judge(Some(200), Some("INTERNAL"), false);
        assert_eq!(verdict.error_type.as_deref(), Some("INTERNAL"));
        assert_eq!(verdict.status, Status::error(""));
    }

    #[test]
    fn what_failed_names_its_type() {
        assert_eq!(error_type(&Outcome::Panicked, None).as_deref(), Some("panic"));
        assert_eq!(error_type(&Outcome::BodyError("io"), Some(200)).as_deref(), Some("io"));
        assert_eq!(error_type(&Outcome::ServiceError("app"), None).as_deref(), Some("app"));
    }
}
