//! The spans of a trace that are open.

use opentelemetry::trace::SpanId;
use smallvec::SmallVec;

use super::Record;

/// Spans that need no more memory than their trace.
const USUAL: usize = 4;

/// Their records, the root's and those below.
#[derive(Debug, Default)]
pub(super) struct Open(SmallVec<[Box<Record>; USUAL]>);

impl Open {
    pub(super) fn add(&mut self, record: Box<Record>) {
        self.0.push(record);
    }

    /// The record of a span; the latest is the likeliest.
    pub(super) fn record(&mut self, id: SpanId) -> Option<&mut Record> {
        self.0.iter_mut().rev().find(|record| record.id == id).map(|record| &mut **record)
    }

    pub(super) fn root(&mut self) -> Option<&mut Record> {
        self.0.iter_mut().find(|record| !record.is_step()).map(|record| &mut **record)
    }

    pub(super) fn close(&mut self, id: SpanId) -> Option<Box<Record>> {
        let position = self.0.iter().rposition(|record| record.id == id)?;
        Some(self.0.swap_remove(position))
    }
}
