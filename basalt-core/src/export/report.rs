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
    /// Lost spans that somebody was told of.
    told: AtomicU64,
}

impl<F: super::Finished> Reporter<F> {
    pub(super) fn new(queue: Arc<Queue<F>>, outboxes: Vec<Arc<Outbox>>) -> Self {
        Self { queue, outboxes, told: AtomicU64::new(0) }
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

    /// Spans that the calls that have been answered so far know to be lost.
    pub(super) fn told(&self) -> u64 {
        self.told.load(Ordering::SeqCst)
    }

    /// All that had ended was accepted, refused or lost: an error if anything was lost `since` so many were told of, or
    /// if something else has `failed`.
    pub(super) fn settled(&self, since: u64, failed: Option<String>) -> Result<(), DeliveryError> {
        self.report(since, false, failed)
    }

    /// Delivery was not settled, or is closed: what waits is not delivered either.
    pub(super) fn unsettled(&self, since: u64, failed: Option<String>) -> Result<(), DeliveryError> {
        self.report(since, true, failed)
    }

    fn report(&self, since: u64, all: bool, failed: Option<String>) -> Result<(), DeliveryError> {
        let (mut lost, mut reason) = self.unreached();
        let (mut waiting, mut kept) = (0_u64, 0_u64);
        for report in self.outboxes.iter().map(|outbox| outbox.report()) {
            lost = lost.saturating_add(report.lost);
            waiting = waiting.saturating_add(report.waiting);
            kept = kept.saturating_add(report.kept);
            reason = report.reason.or(reason);
        }
        self.told.fetch_max(lost, Ordering::SeqCst);
        let mut undelivered = lost.saturating_sub(since);
        if all {
            let queued = (self.queue.waiting() as u64).saturating_mul(self.outboxes.len() as u64);
            if queued > 0 {
                reason = reason.or_else(|| Some(BUSY.to_owned()));
            }
            undelivered = undelivered.saturating_add(waiting).saturating_add(queued);
        }
        let Some(mut reason) = reason.filter(|_| undelivered > 0).or(failed) else { return Ok(()) };
        if kept > 0 {
            reason = format!("{reason}; {kept} spans were kept on disk and will be sent by the next process");
        }
        Err(DeliveryError { undelivered, reason })
    }

    /// Spans that reached no destination, and why the most of them.
    fn unreached(&self) -> (u64, Option<String>) {
        let Losses { full, late, unwritten } = self.queue.losses();
        let counts = [(full, FULL), (late, LATE), (unwritten, UNWRITTEN)]
            .map(|(count, reason)| (count.load(Ordering::Relaxed), reason));
        let lost = counts.iter().map(|(count, _)| count).sum();
        let most = counts.into_iter().max_by_key(|(count, _)| *count);
        (lost, most.filter(|(count, _)| *count > 0).map(|(_, reason)| reason.to_owned()))
    }
}
