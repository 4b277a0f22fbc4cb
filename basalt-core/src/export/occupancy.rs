//! Counts what waits for the delivery thread, within bounds, and decides who wakes it up.
//!
//! A push that finds no room leaves no trace in the counts, and the delivery thread says that it sleeps before it looks
//! for the last time: so no push is missed. `tests/tests/wakeups.rs` runs this file under loom.

use super::atomic::{AtomicU8, AtomicUsize, Ordering::SeqCst};

/// Spans and bytes that may wait. A span that finds no room is dropped and counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) spans: usize,
    pub(crate) bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { spans: 65_536, bytes: 64 * 1024 * 1024 }
    }
}

/// Spans of a full batch, which is sent at once.
pub(super) const BATCH: usize = 512;
/// Bytes of a batch that is sent at once.
const LONG: usize = 2 * 1024 * 1024;

/// The delivery thread works.
const AWAKE: u8 = 0;
/// It sleeps until there is a span.
const EMPTY: u8 = 1;
/// It sleeps until there are enough spans for a batch, or until the first one has waited long enough.
const LINGERING: u8 = 2;

/// How full the queue is, and whether the delivery thread sleeps.
#[derive(Debug)]
pub(super) struct Occupancy {
    bounds: Bounds,
    /// Enough for a batch: a full one, but no more than a quarter of what may wait.
    enough: Bounds,
    spans: AtomicUsize,
    bytes: AtomicUsize,
    sleep: AtomicU8,
}

impl Occupancy {
    pub(super) fn new(bounds: Bounds) -> Self {
        let enough =
            Bounds { spans: BATCH.min(bounds.spans / 4).max(1), bytes: LONG.min(bounds.bytes / 4).max(1) };
        Self {
            bounds,
            enough,
            spans: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            sleep: AtomicU8::new(AWAKE),
        }
    }

    /// Makes room for a span; false if there is none.
    pub(super) fn reserve(&self, weight: usize) -> bool {
        if !add_within(&self.bytes, weight, self.bounds.bytes) {
            return false;
        }
        let fits = add_within(&self.spans, 1, self.bounds.spans);
        if !fits {
            self.bytes.fetch_sub(weight, SeqCst);
        }
        fits
    }

    /// Gives room back.
    pub(super) fn release(&self, spans: usize, bytes: usize) {
        self.spans.fetch_sub(spans, SeqCst);
        self.bytes.fetch_sub(bytes, SeqCst);
    }

    pub(super) fn spans(&self) -> usize {
        self.spans.load(SeqCst)
    }

    /// After a span was pushed: whether this thread has to wake up the delivery thread.
    pub(super) fn wakes(&self) -> bool {
        let due = match self.sleep.load(SeqCst) {
            AWAKE => false,
            LINGERING => self.is_enough(),
            _ => true,
        };
        due && self.sleep.swap(AWAKE, SeqCst) != AWAKE
    }

    /// After a span found no room: the same.
    pub(super) fn wakes_for_room(&self) -> bool {
        self.sleep.load(SeqCst) != AWAKE && self.sleep.swap(AWAKE, SeqCst) != AWAKE
    }

    /// Whether the delivery thread may sleep until it is woken up: false if there is a span.
    pub(super) fn sleeps_while_empty(&self) -> bool {
        self.sleeps(EMPTY, self.spans.load(SeqCst) > 0, |this| this.spans.load(SeqCst) > 0)
    }

    /// Whether the delivery thread may wait for more: false if there is enough for a batch.
    pub(super) fn sleeps_while_few(&self) -> bool {
        self.sleeps(LINGERING, self.is_enough(), Self::is_enough)
    }

    /// The delivery thread works again, whatever woke it up.
    pub(super) fn awake(&self) {
        self.sleep.store(AWAKE, SeqCst);
    }

    fn sleeps(&self, sleep: u8, ready: bool, is_ready: impl FnOnce(&Self) -> bool) -> bool {
        if ready {
            return false;
        }
        self.sleep.store(sleep, SeqCst);
        // A push that came before the line above has seen a thread that is awake, and has told nobody.
        if is_ready(self) {
            self.awake();
            return false;
        }
        true
    }

    fn is_enough(&self) -> bool {
        self.spans.load(SeqCst) >= self.enough.spans || self.bytes.load(SeqCst) >= self.enough.bytes
    }
}

/// Adds if the sum is within the bound; otherwise nothing was ever added.
fn add_within(count: &AtomicUsize, more: usize, bound: usize) -> bool {
    let sum = |now: usize| now.checked_add(more).filter(|sum| *sum <= bound);
    count.fetch_update(SeqCst, SeqCst, sum).is_ok()
}
