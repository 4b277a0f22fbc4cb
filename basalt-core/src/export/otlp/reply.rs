//! What a collector's answer means. Source: the OTLP specification 1.x, "Failures".

use std::{error::Error, fmt::Write};

use http::StatusCode;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::{causes::chain, export::parcel::Reply, retry_after, text::head};

/// Bytes of what a collector says that are repeated.
const SAID: usize = 1024;

/// The collector has taken the message, all of it or some.
pub(super) fn accepted(message: &[u8]) -> Reply {
    let partial = ExportTraceServiceResponse::decode(message).ok().and_then(|answer| answer.partial_success);
    match partial {
        Some(partial) if partial.rejected_spans > 0 => Reply::Accepted {
            refused: u64::try_from(partial.rejected_spans).unwrap_or_default(),
            reason: Some(format!(
                "the collector has refused some spans: {}",
                head(&partial.error_message, SAID)
            )),
        },
        _ => Reply::Accepted { refused: 0, reason: None },
    }
}

/// An HTTP status that is no success.
pub(super) fn of_http(status: StatusCode, retry_after: Option<&str>) -> Reply {
    let code = status.as_u16();
    match code {
        429 | 502 | 503 | 504 => Reply::Later {
            reason: format!("the collector answers {status}"),
            after: retry_after.and_then(retry_after::read),
        },
        _ => Reply::Refused { reason: format!("the collector answers {status}: {}", cure(code)) },
    }
}

fn cure(code: u16) -> &'static str {
    match code {
        300..=399 => {
            "give the endpoint it redirects to; redirects are not followed, because the key would go along"
        }
        400 => "it cannot read what it is sent: is the endpoint one for OTLP traces?",
        401 | 403 => "check the API key",
        404 | 405 => "check the path of the endpoint, usually /v1/traces, and the protocol",
        413 => "it takes shorter messages only: raise its limit",
        415 => "it does not take protobuf: is the endpoint one for OTLP?",
        _ => "this is not tried again",
    }
}

/// A gRPC status that is no success.
pub(super) fn of_grpc(status: &Status) -> Reply {
    let retry_info = status.get_details_retry_info().and_then(|info| info.retry_delay);
    let after = retry_info.map(retry_after::bounded);
    let mut reason = format!("the collector answers {:?}", status.code());
    if !status.message().is_empty() {
        let _ = write!(reason, ": {}", head(status.message(), SAID));
    }
    // Without a status of the collector's own the connection has failed.
    let unanswered = status.source().is_some();
    if let Some(source) = status.source() {
        reason = chain("the collector cannot be reached", source);
    }
    let again = match status.code() {
        Code::Unavailable
        | Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::DataLoss => true,
        Code::ResourceExhausted => after.is_some(),
        _ => unanswered,
    };
    if again {
        return Reply::Later { reason, after };
    }
    let cure = match status.code() {
        Code::Unauthenticated | Code::PermissionDenied => "check the API key",
        Code::Unimplemented | Code::NotFound => "is the endpoint one for OTLP over gRPC?",
        Code::InvalidArgument => "it cannot read what it is sent: is the endpoint one for OTLP traces?",
        Code::ResourceExhausted => "its limit is reached, and it names no time to try again: raise the limit",
        _ => "this is not tried again",
    };
    Reply::Refused { reason: format!("{reason}; {cure}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for code in [429, 502, 503, 504] {
            let reply = of_http(StatusCode::from_u16(code).unwrap(), Some("7"));
            assert!(matches!(reply, Reply::Later { after: Some(after), .. } if after.as_secs() == 7));
        }
        for code in [301, 400, 401, 403, 404, 413, 415, 500, 501] {
            let reply = of_http(StatusCode::from_u16(code).unwrap(), None);
            assert!(matches!(reply, Reply::Refused { .. }), "{code}");
        }
        for (code, again) in [
            (Code::Unavailable, true),
            (Code::Aborted, true),
            (Code::ResourceExhausted, false),
            (Code::Unauthenticated, false),
            (Code::Internal, false),
        ] {
            assert_eq!(matches!(of_grpc(&Status::new(code, "")), Reply::Later { .. }), again, "{code:?}");
        }
    }

    #[test]
    fn a_partial_success_says_how_many_were_refused() {
        use opentelemetry_proto::tonic::collector::trace::v1::ExportTracePartialSuccess;
        let partial = ExportTracePartialSuccess { rejected_spans: 2, error_message: "too old".to_owned() };
        let answer = ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec();
        let Reply::Accepted { refused, reason } = accepted(&answer) else { panic!("accepted in part") };
        assert!(refused == 2 && reason.unwrap().contains("too old"));
        assert!(matches!(accepted(b""), Reply::Accepted { refused: 0, reason: None }));
    }
}
