//! Finished traces as trees, for whoever has no collector yet.

use std::{
    collections::{HashMap, VecDeque},
    io::{self, IsTerminal, Write},
    mem,
    sync::{Mutex, PoisonError},
};

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::{
    error::{OTelSdkError, OTelSdkResult},
    trace::{SpanData, SpanExporter},
};

mod line;
mod tree;

use tree::tree;

/// Traces that may be unfinished at once. The oldest one on top is printed as far as it is known.
const UNFINISHED: usize = 1_000;

/// Collects the spans of a trace until its root has ended, then prints them on standard error, in colours
/// where it is a terminal.
#[derive(Debug)]
pub(super) struct Console {
    colours: bool,
    unfinished: Mutex<Unfinished>,
}

#[derive(Debug, Default)]
struct Unfinished {
    traces: HashMap<TraceId, Vec<SpanData>>,
    by_age: VecDeque<TraceId>,
}

impl Console {
    pub(super) fn new(plain: bool) -> Self {
        Self { colours: !plain && io::stderr().is_terminal(), unfinished: Mutex::default() }
    }

    fn print(&self, traces: Vec<Vec<SpanData>>) -> io::Result<()> {
        let mut text = String::new();
        traces.into_iter().for_each(|spans| tree(&mut text, spans, self.colours));
        io::stderr().lock().write_all(text.as_bytes())
    }
}

impl SpanExporter for Console {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let finished = {
            let mut unfinished = self.unfinished.lock().unwrap_or_else(PoisonError::into_inner);
            batch.into_iter().filter_map(|span| unfinished.take_in(span)).collect()
        };
        self.print(finished).map_err(|error| OTelSdkError::InternalFailure(error.to_string()))
    }

    /// Prints what will not be finished any more.
    fn shutdown(&self) -> OTelSdkResult {
        let rest = mem::take(&mut *self.unfinished.lock().unwrap_or_else(PoisonError::into_inner));
        self.print(rest.in_order()).map_err(|error| OTelSdkError::InternalFailure(error.to_string()))
    }
}

impl Unfinished {
    /// The trace that this span finishes, or that is too old to wait any longer.
    fn take_in(&mut self, span: SpanData) -> Option<Vec<SpanData>> {
        let id = span.span_context.trace_id();
        let is_root = span.parent_span_id == SpanId::INVALID || span.parent_span_is_remote;
        let spans = self.traces.entry(id).or_insert_with(|| {
            self.by_age.push_back(id);
            Vec::new()
        });
        spans.push(span);
        if is_root {
            self.by_age.retain(|unfinished| *unfinished != id);
            self.traces.remove(&id)
        } else if self.by_age.len() > UNFINISHED {
            self.traces.remove(&self.by_age.pop_front()?)
        } else {
            None
        }
    }

    fn in_order(mut self) -> Vec<Vec<SpanData>> {
        self.by_age.iter().filter_map(|id| self.traces.remove(id)).collect()
    }
}
