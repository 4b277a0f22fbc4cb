//! Finished traces as trees, for whoever has no collector yet.

use std::{
    io::{self, IsTerminal},
    mem,
    sync::{Mutex, PoisonError},
};

use opentelemetry_sdk::{
    error::{OTelSdkError, OTelSdkResult},
    trace::{SpanData, SpanExporter},
};

mod line;
mod printer;
mod tree;
mod unfinished;

pub(crate) use printer::Printer;
use tree::tree;
use unfinished::{Trace, Unfinished};

/// Collects the spans of a trace until its root has ended, then prints them, in colours where standard error is
/// a terminal.
#[derive(Debug)]
pub(super) struct Console {
    colours: bool,
    printer: Printer,
    unfinished: Mutex<Unfinished>,
}

impl Console {
    pub(super) fn new(plain: bool, printer: Printer) -> Self {
        Self { colours: !plain && io::stderr().is_terminal(), printer, unfinished: Mutex::default() }
    }

    /// Prints one after the other, so that no more than one is in memory as text.
    fn print(&self, traces: Vec<Trace>) -> OTelSdkResult {
        let mut printed = Ok(());
        for trace in traces {
            let mut text = String::new();
            tree(&mut text, trace, self.colours);
            printed = printed.and(self.printer.print(&text));
        }
        printed.map_err(|error| OTelSdkError::InternalFailure(error.to_string()))
    }
}

impl SpanExporter for Console {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let mut finished = Vec::new();
        {
            let mut unfinished = self.unfinished.lock().unwrap_or_else(PoisonError::into_inner);
            batch.into_iter().for_each(|span| unfinished.take_in(span, &mut finished));
        }
        self.print(finished)
    }

    /// Prints what will not be finished any more.
    fn shutdown(&self) -> OTelSdkResult {
        let rest = mem::take(&mut *self.unfinished.lock().unwrap_or_else(PoisonError::into_inner));
        self.print(rest.in_order())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{tree::tests::span, *};

    /// A console, and what it has printed.
    fn console() -> (Console, Arc<Mutex<Vec<String>>>) {
        let printed = Arc::new(Mutex::new(Vec::new()));
        let page = Arc::clone(&printed);
        let print = move |trees: &str| page.lock().unwrap().push(trees.to_owned());
        (Console::new(true, Printer::new(print)), printed)
    }

    #[tokio::test]
    async fn a_trace_is_printed_by_what_the_program_gives_when_its_root_has_ended() {
        let (console, printed) = console();
        console.export(vec![span(2, 1, "step", vec![])]).await.unwrap();
        assert!(printed.lock().unwrap().is_empty(), "the root is open");
        console.export(vec![span(1, 0, "job", vec![])]).await.unwrap();
        console.export(vec![span(4, 3, "orphan", vec![])]).await.unwrap();
        console.shutdown().unwrap();
        let printed = printed.lock().unwrap();
        assert!(printed[0].starts_with("job") && printed[0].contains("\n└─ step"), "{printed:?}");
        assert!(printed[1].starts_with("orphan") && printed.len() == 2, "{printed:?}");
    }

    #[tokio::test]
    async fn a_printer_that_panics_costs_what_it_was_given_and_nothing_else() {
        let console = Console::new(true, Printer::new(|_| panic!("on purpose")));
        assert!(console.export(vec![span(1, 0, "job", vec![])]).await.is_err());
        assert!(console.export(vec![span(1, 0, "job", vec![])]).await.is_err());
        console.shutdown().unwrap();
    }

    /// Nested, so many levels deep, children first, as they end.
    fn chain(levels: u64) -> Vec<SpanData> {
        (1..=levels).rev().map(|id| span(id, id - 1, "step", vec![])).collect()
    }

    #[test]
    fn a_chain_of_steps_of_any_depth_is_printed_on_a_small_stack() {
        let (console, printed) = console();
        let small = std::thread::Builder::new().stack_size(256 * 1024).spawn(move || {
            pollster::block_on(console.export(chain(6_000))).unwrap();
            pollster::block_on(console.export(chain(500_000))).unwrap();
            drop(console);
        });
        small.unwrap().join().unwrap();
        let printed = printed.lock().unwrap();
        let lines: Vec<&str> = printed[0].lines().collect();
        assert_eq!(lines.len(), 6_000);
        assert!(lines[1].starts_with("└─ step") && lines[2].starts_with("   └─ step"), "{}", lines[2]);
        assert!(lines[5_999].len() < 500 && lines[5_999].contains("step"), "{}", lines[5_999]);
        let rest: String = printed[1..].concat();
        assert!(rest.contains("spans of this trace are not shown"), "{}", rest.len());
        assert!(rest.len() < 32 * 1024 * 1024, "{}", rest.len());
    }
}
