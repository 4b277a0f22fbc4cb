//! Fuzz targets: what collectors answer. Whatever that is, each span is counted once, and nobody waits for ever.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::reply::{accepted, of_grpc, of_http};
use crate::{
    export::{
        Health,
        outbox::Outbox,
        parcel::{Cargo, Parcel, Reply},
    },
    fuzzing::{Fuzz, kind},
    retry_after,
};

/// Bytes of what a collector says that are repeated.
const LONGEST: usize = 2 << 10;

fn partial(rejected_spans: i64, error_message: &str) -> Vec<u8> {
    let partial = ExportTracePartialSuccess { rejected_spans, error_message: error_message.to_owned() };
    ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec()
}

fn details(pause: Option<Duration>) -> Vec<u8> {
    Status::with_error_details(Code::Unavailable, "busy", ErrorDetails::with_retry_info(pause))
        .details()
        .to_vec()
}

/// Two parcels, the second of which is answered so: what of it is sent, refused and waits.
fn counted(spans: u64, reply: &Reply) -> (u64, u64, u64) {
    let outbox = Outbox::new("o", 100, None);
    for _ in 0..2 {
        outbox.put(Parcel { spans, bytes: 1, cargo: Cargo::Message(Bytes::from_static(b"m")) });
        let (ticket, _) = pollster::block_on(outbox.next()).unwrap();
        match reply {
            Reply::Accepted { refused, reason } => outbox.accepted(ticket, *refused, reason.as_deref()),
            Reply::Later { reason, .. } => outbox.later(ticket, reason),
            Reply::Refused { reason } => outbox.refused(ticket, reason),
        }
    }
    let health = outbox.health();
    let lost = Health { destinations: vec![health.clone()], ..Health::default() }.lost();
    assert_eq!(lost, health.refused);
    let report = outbox.report();
    assert_eq!(report.lost + report.waiting, health.refused + health.waiting);
    (health.sent, health.refused, health.waiting)
}

/// What holds for every answer. Says which kind it is.
fn sound(spans: u64, reply: &Reply) -> u64 {
    let (sent, refused, waiting) = counted(spans, reply);
    assert_eq!(sent + refused + waiting, 2 * spans, "{reply:?}");
    let (reason, kind) = match reply {
        Reply::Accepted { reason, .. } => (reason.as_deref().unwrap_or_default(), 1 + u64::from(refused > 0)),
        Reply::Later { reason, after } => {
            assert!(
                after.is_none_or(|after| after <= retry_after::LONGEST && after >= retry_after::SHORTEST)
            );
            assert_eq!((sent, refused), (0, 0));
            (reason.as_str(), 3 + u64::from(after.is_some()))
        }
        Reply::Refused { reason } => {
            assert_eq!((sent, waiting), (0, 0));
            (reason.as_str(), 5)
        }
    };
    assert!(reason.len() <= LONGEST, "{} bytes", reason.len());
    kind
}

#[test]
fn whatever_a_collector_answers_each_span_counts_once() {
    let mut fuzz = Fuzz::of(&[""], &["\n", "\u{8}", "\u{12}", "\u{7f}", "span", "\u{0}"], 10_000);
    fuzz.corpus.extend([partial(2, "too old"), partial(i64::MAX, "all of them"), partial(-7, "none")]);
    fuzz.corpus.push(partial(1, &"long ".repeat(700)));
    fuzz.run(|input| {
        let reply = accepted(input);
        let spans = input.len() as u64 % 7;
        let expected =
            ExportTraceServiceResponse::decode(input).ok().and_then(|answer| answer.partial_success);
        let rejected = expected.map_or(0, |partial| u64::try_from(partial.rejected_spans).unwrap_or(0));
        let Reply::Accepted { refused, .. } = &reply else { panic!("taken") };
        assert_eq!(*refused, rejected);
        assert_eq!(counted(spans, &reply).1, 2 * rejected.min(spans));
        kind([sound(spans, &reply), rejected.min(8), input.len().min(64) as u64])
    });
}

#[test]
fn whatever_status_comes_over_grpc_the_spans_are_kept_or_counted() {
    let mut fuzz = Fuzz::of(
        &["\u{e}", "\u{8}the message"],
        &["\n", "\u{8}", "\u{10}", "type.googleapis.com/google.rpc.RetryInfo"],
        10_000,
    );
    for pause in
        [None, Some(Duration::ZERO), Some(Duration::from_secs(5)), Some(Duration::from_secs(1 << 36))]
    {
        fuzz.corpus.push([vec![14], details(pause)].concat());
        fuzz.corpus.push([vec![8], details(pause)].concat());
    }
    fuzz.run(|input| {
        let Some((code, details)) = input.split_first() else { return 0 };
        let code = Code::from_i32(i32::from(code % 20));
        let message = if details.len() % 3 == 0 { String::from_utf8_lossy(details) } else { "busy".into() };
        let status = Status::with_details(code, message, Bytes::copy_from_slice(details));
        let reply = of_grpc(&status);
        let passes = [
            Code::Unavailable,
            Code::Cancelled,
            Code::DeadlineExceeded,
            Code::Aborted,
            Code::OutOfRange,
            Code::DataLoss,
        ];
        let again = passes.contains(&code)
            || (code == Code::ResourceExhausted
                && status.get_details_retry_info().is_some_and(|info| info.retry_delay.is_some()));
        assert_eq!(matches!(reply, Reply::Later { .. }), again, "{code:?}");
        kind([sound(details.len() as u64 % 7, &reply), code as u64])
    });
}

#[test]
fn whatever_status_comes_over_http_the_spans_are_kept_or_counted() {
    let corpus = [
        "429 7",
        "503 Sun, 06 Nov 1994 08:49:37 GMT",
        "502 0",
        "504 99999999999999999999",
        "301",
        "429 Fri, 31 Dec 9999 23:59:59 GMT",
    ];
    Fuzz::of(&corpus, &["0", "9", "-", "+", " ", "GMT", "Mon", "Feb", "29", ":", ",", "99999"], 10_000).run(
        |input| {
            let Ok(text) = std::str::from_utf8(input) else { return 0 };
            let (code, after) = text.split_at_checked(3).unwrap_or_default();
            let Some(status) = code.parse().ok().and_then(|code| StatusCode::from_u16(code).ok()) else {
                return 1;
            };
            let reply = of_http(status, Some(after));
            let again = matches!(status.as_u16(), 429 | 502 | 503 | 504);
            assert_eq!(matches!(reply, Reply::Later { .. }), again, "{status}");
            if let Reply::Later { after: said, .. } = &reply {
                let digits =
                    !after.trim().is_empty() && after.trim().bytes().all(|byte| byte.is_ascii_digit());
                let seconds = after.trim().parse().unwrap_or(u64::MAX);
                let expected =
                    Duration::from_secs(seconds).clamp(retry_after::SHORTEST, retry_after::LONGEST);
                assert!(!digits || *said == Some(expected), "{after}: {said:?}");
            }
            kind([sound(3, &reply), status.as_u16().into()])
        },
    );
}
