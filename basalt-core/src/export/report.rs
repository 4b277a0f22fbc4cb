//! What a flush or a shutdown tells its caller.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use super::{
    DeliveryError, Health,
    outbox::Outbox,
    queue::{Losses, Queue},
};

const FULL: &str = "the queue was full";
const LATE: &str = "spans ended after delivery was shut down";
const UNWRITTEN: &str = "spans could not be written: it panicked";
const BUSY: &str = "the delivery thread did not get to them in time: a redaction closure may hold it up";

/// Everything that is counted on the way of a span, read by callers and by the delivery thread alike.
#[derive(Debug)]
pub(super) struct Reporter<F> {
    queue: Arc<Queue<F>>,
    outboxes: Vec<Arc<Outbox>>,
    /// Spans that had reached no destination by the last report.
    reported: AtomicU64,
}

impl<F: super::Finished> Reporter<F> {
    pub(super) fn new(queue: Arc<Queue<F>>, outboxes: Vec<Arc<Outbox>>) -> Self {
        Self { queue, outboxes, reported: AtomicU64::new(0) }
    }

    pub(super) fn health(&self) -> Health {
        let Losses { full, late, unwritten } = self.queue.losses();
        Health {
            failed_values: crate::foreign::failures(),
            queued: self.queue.waiting() as u64,
            overflowed: full.load(Ordering::Relaxed),
            late: late.load(Ordering::Relaxed),
            unwritten: unwritten.load(Ordering::Relaxed),
            destinations: self.outboxes.iter().map(|outbox| outbox.health()).collect(),
        }
    }

    /// All that had ended was accepted, refused or lost: an error if anything was lost since the last report, or if
    /// something else has `failed`.
    pub(super) fn settled(&self, failed: Option<String>) -> Result<(), DeliveryError> {
        self.report(false, failed)
    }

    /// Delivery was not settled, or is closed: what waits is not delivered either.
    pub(super) fn unsettled(&self, failed: Option<String>) -> Result<(), DeliveryError> {
        self.report(true, failed)
    }

    fn report(&self, all: bool, failed: Option<String>) -> Result<(), DeliveryError> {
        let (mut undelivered, mut reason) = self.newly_lost();
        let mut kept = 0_u64;
        for report in self.outboxes.iter().map(|outbox| outbox.report(all)) {
            undelivered = undelivered.saturating_add(report.undelivered);
            kept = kept.saturating_add(report.kept);
            reason = report.reason.or(reason);
        }
        let queued = if all { self.queue.waiting() as u64 } else { 0 };
        if queued > 0 {
            undelivered = undelivered.saturating_add(queued.saturating_mul(self.outboxes.len() as u64));
            reason = reason.or_else(|| Some(BUSY.to_owned()));
        }
        let Some(mut reason) = reason.or(failed) else { return Ok(()) };
        if kept > 0 {
            reason = format!("{reason}; {kept} spans were kept on disk and will be sent by the next process");
        }
        Err(DeliveryError { undelivered, reason })
    }

    /// Spans that reached no destination, and why.
    fn newly_lost(&self) -> (u64, Option<String>) {
        let Losses { full, late, unwritten } = self.queue.losses();
        let counts = [(full, FULL), (late, LATE), (unwritten, UNWRITTEN)]
            .map(|(count, reason)| (count.load(Ordering::Relaxed), reason));
        let lost: u64 = counts.iter().map(|(count, _)| count).sum();
        let new = lost.saturating_sub(self.reported.swap(lost, Ordering::Relaxed));
        let most = counts.into_iter().max_by_key(|(count, _)| *count);
        (new, most.filter(|_| new > 0).map(|(_, reason)| reason.to_owned()))
    }
}
