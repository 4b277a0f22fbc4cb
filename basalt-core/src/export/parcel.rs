//! What is carried to a destination, and what comes back.

use std::time::Duration;

use bytes::Bytes;
use opentelemetry_sdk::trace::SpanData;

use super::weight;

/// So many spans on their way.
#[derive(Debug, Clone)]
pub(super) struct Parcel {
    pub(super) spans: u64,
    /// What it takes of memory.
    pub(super) bytes: usize,
    pub(super) cargo: Cargo,
}

impl Parcel {
    /// For an exporter; none if there is nothing.
    pub(super) fn of(spans: Vec<SpanData>) -> Option<Self> {
        let bytes = spans.iter().map(weight).sum();
        (!spans.is_empty()).then(|| Self { spans: spans.len() as u64, bytes, cargo: Cargo::Spans(spans) })
    }
}

#[derive(Debug, Clone)]
pub(super) enum Cargo {
    /// For an exporter.
    Spans(Vec<SpanData>),
    /// An encoded request, for a collector.
    Message(Bytes),
}

/// What becomes of a parcel.
#[derive(Debug)]
pub(super) enum Reply {
    /// It was taken, but for so many spans.
    Accepted { refused: u64, reason: Option<String> },
    /// It may be taken another time, at the earliest after a pause.
    Later { reason: String, after: Option<Duration> },
    /// It will never be taken.
    Refused { reason: String },
}

impl Reply {
    pub(super) fn unanswered(timeout: Duration) -> Self {
        let reason = format!("the collector has not answered within {} s", timeout.as_secs_f64());
        Self::Later { reason, after: None }
    }
}
