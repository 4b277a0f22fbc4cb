//! Spans that wait for their root.

use std::{
    collections::{HashMap, VecDeque},
    mem,
};

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::SpanData;

use crate::weight::{of_attributes, of_events_and_links};

/// Traces that may be unfinished at once. The oldest one on top is printed as far as it is known.
const TRACES: usize = 1_000;
/// Spans of all of them, and bytes. Above, the oldest trace is printed too.
const SPANS: usize = 100_000;
const BYTES: usize = 64 * 1024 * 1024;
/// Spans of one trace that are kept; more are counted.
const OF_ONE: usize = 10_000;

/// Spans of one trace, and how many more it has.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub(super) spans: Vec<SpanData>,
    pub(super) left_out: u64,
    pub(super) bytes: usize,
}

#[derive(Debug, Default)]
pub(super) struct Unfinished {
    traces: HashMap<TraceId, Trace>,
    by_age: VecDeque<TraceId>,
    spans: usize,
    bytes: usize,
}

impl Unfinished {
    /// Takes a span. The trace that it finishes, and those that are too old or too much to wait any longer, are `finished`.
    pub(super) fn take_in(&mut self, span: SpanData, finished: &mut Vec<Trace>) {
        let id = span.span_context.trace_id();
        let is_root = span.parent_span_id == SpanId::INVALID || span.parent_span_is_remote;
        let trace = self.traces.entry(id).or_insert_with(|| {
            self.by_age.push_back(id);
            Trace::default()
        });
        if is_root || trace.spans.len() < OF_ONE {
            let bytes = weight(&span);
            trace.bytes += bytes;
            self.bytes += bytes;
            self.spans += 1;
            trace.spans.push(span);
        } else {
            trace.left_out += 1;
        }
        if is_root {
            self.by_age.retain(|unfinished| *unfinished != id);
            finished.extend(self.remove(id));
        }
        while self.by_age.len() > TRACES || self.spans > SPANS || self.bytes > BYTES {
            let Some(oldest) = self.by_age.pop_front() else { return };
            finished.extend(self.remove(oldest));
        }
    }

    fn remove(&mut self, id: TraceId) -> Option<Trace> {
        let trace = self.traces.remove(&id)?;
        self.spans -= trace.spans.len();
        self.bytes -= trace.bytes;
        Some(trace)
    }

    /// What is left, by age.
    pub(super) fn in_order(mut self) -> Vec<Trace> {
        let by_age = mem::take(&mut self.by_age);
        by_age.into_iter().filter_map(|id| self.remove(id)).collect()
    }
}

/// Bytes of memory, roughly.
fn weight(span: &SpanData) -> usize {
    size_of::<SpanData>()
        + span.name.len()
        + of_attributes(&span.attributes)
        + of_events_and_links(&span.events.events, &span.links.links)
}

#[cfg(test)]
mod tests {
    use super::{super::tree::tests::span, *};

    #[test]
    fn what_waits_is_bounded_in_spans_and_bytes_and_what_is_left_out_is_counted() {
        let (mut unfinished, mut finished) = (Unfinished::default(), Vec::new());
        for id in 2..=OF_ONE as u64 + 8 {
            unfinished.take_in(span(id, 1, "step", vec![]), &mut finished);
        }
        assert!(finished.is_empty());
        assert_eq!(unfinished.spans, OF_ONE);
        unfinished.take_in(span(1, 0, "root", vec![]), &mut finished);
        assert_eq!((finished[0].spans.len(), finished[0].left_out), (OF_ONE + 1, 7));
        assert_eq!((unfinished.spans, unfinished.bytes), (0, 0));

        let long = || vec![opentelemetry::KeyValue::new("key", "x".repeat(1024 * 1024))];
        for id in 2..200 {
            unfinished.take_in(span(id, 1, "step", long()), &mut finished);
            assert!(unfinished.bytes <= BYTES);
        }
        let kept: usize = finished[1..].iter().map(|trace| trace.spans.len()).sum();
        assert_eq!(kept + unfinished.spans, 198, "all are printed");
    }
}
