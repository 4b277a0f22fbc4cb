//! The spans of a trace that are open.

use opentelemetry::trace::SpanId;
use smallvec::SmallVec;

use super::Record;
use crate::positions::Positions;

/// Spans that need no more memory than their trace.
const USUAL: usize = 4;

/// Their records, the root's and those below.
#[derive(Debug, Default)]
pub(super) struct Open {
    records: SmallVec<[Box<Record>; USUAL]>,
    positions: Positions,
}

impl Open {
    pub(super) fn add(&mut self, record: Box<Record>) {
        self.positions.pushed(self.records.len(), &record.id);
        self.records.push(record);
    }

    /// The record of a span.
    pub(super) fn record(&mut self, id: SpanId) -> Option<&mut Record> {
        let position = self.position(id)?;
        self.records.get_mut(position).map(|record| &mut **record)
    }

    /// The record of the root, which opens first, and keeps its place until it is closed.
    pub(super) fn root(&mut self) -> Option<&mut Record> {
        self.records.first_mut().filter(|record| !record.is_step()).map(|record| &mut **record)
    }

    pub(super) fn close(&mut self, id: SpanId) -> Option<Box<Record>> {
        let position = self.position(id)?;
        let record = self.records.swap_remove(position);
        self.positions.swap_removed(position, &id, self.records.get(position).map(|moved| &moved.id));
        Some(record)
    }

    fn position(&mut self, id: SpanId) -> Option<usize> {
        self.positions.find(&self.records, &id, |record| &record.id)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Parent, super::Role, *};
    use crate::{ObserveKind, capture::Content};

    fn record(role: Role, id: u64) -> Box<Record> {
        let mut record =
            Record::new(role, Content { capture: Default::default(), limit: 8 }, Parent::Elsewhere);
        record.id = SpanId::from(id);
        record
    }

    #[test]
    fn every_span_is_found_however_many_are_open_and_in_whatever_order_they_end() {
        let mut open = Open::default();
        open.add(record(Role::Root, 1));
        for id in 2..=1_000 {
            open.add(record(Role::Step(ObserveKind::Span), id));
        }
        assert_eq!(open.root().unwrap().id, SpanId::from(1));
        for id in (500..=1_000).rev().chain(2..500) {
            assert_eq!(open.record(SpanId::from(id)).unwrap().id, SpanId::from(id));
            assert_eq!(open.close(SpanId::from(id)).unwrap().id, SpanId::from(id));
            assert!(open.close(SpanId::from(id)).is_none());
            assert_eq!(open.root().unwrap().id, SpanId::from(1));
        }
        assert!(open.close(SpanId::from(1)).is_some() && open.root().is_none());
    }
}
