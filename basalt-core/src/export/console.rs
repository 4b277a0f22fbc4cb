//! Finished traces as trees, for whoever has no collector yet.

use std::{
    collections::{HashMap, VecDeque},
    io::{self, IsTerminal},
    mem,
    sync::{Mutex, PoisonError},
};

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::{
    error::{OTelSdkError, OTelSdkResult},
    trace::{SpanData, SpanExporter},
};

mod line;
mod printer;
mod tree;

pub(crate) use printer::Printer;
use tree::tree;

/// Traces that may be unfinished at once. The oldest one on top is printed as far as it is known.
const UNFINISHED: usize = 1_000;

/// Collects the spans of a trace until its root has ended, then prints them, in colours where standard error is
/// a terminal.
#[derive(Debug)]
pub(super) struct Console {
    colours: bool,
    printer: Printer,
    unfinished: Mutex<Unfinished>,
}

#[derive(Debug, Default)]
struct Unfinished {
    traces: HashMap<TraceId, Vec<SpanData>>,
    by_age: VecDeque<TraceId>,
}

impl Console {
    pub(super) fn new(plain: bool, printer: Printer) -> Self {
        Self { colours: !plain && io::stderr().is_terminal(), printer, unfinished: Mutex::default() }
    }

    fn print(&self, traces: Vec<Vec<SpanData>>) -> io::Result<()> {
        let mut text = String::new();
        traces.into_iter().for_each(|spans| tree(&mut text, spans, self.colours));
        match text.is_empty() {
            true => Ok(()),
            false => self.printer.print(&text),
        }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{tree::tests::span, *};

    #[tokio::test]
    async fn a_trace_is_printed_by_what_the_program_gives_when_its_root_has_ended() {
        let printed = Arc::new(Mutex::new(Vec::new()));
        let page = Arc::clone(&printed);
        let console =
            Console::new(true, Printer::new(move |trees| page.lock().unwrap().push(trees.to_owned())));
        console.export(vec![span(2, 1, "step", vec![])]).await.unwrap();
        assert!(printed.lock().unwrap().is_empty(), "the root is open");
        console.export(vec![span(1, 0, "job", vec![])]).await.unwrap();
        console.export(vec![span(4, 3, "orphan", vec![])]).await.unwrap();
        console.shutdown().unwrap();
        let printed = printed.lock().unwrap();
        assert!(printed[0].starts_with("job") && printed[0].contains("\n└─ step"), "{printed:?}");
        assert!(printed[1].starts_with("orphan") && printed.len() == 2, "{printed:?}");
    }
}
