//! Threads, as the queue tells them apart: those of delivery, on which nothing is observed, and all others.

use std::{
    cell::Cell,
    sync::atomic::{AtomicUsize, Ordering},
};

use crate::unobserved;

static NEXT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static DELIVERS: Cell<bool> = const { Cell::new(false) };
    static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed);
}

/// From here on this thread delivers, and spans that end on it are not taken: what an exporter does to deliver spans would
/// be spans to deliver.
pub(super) fn enter() {
    unobserved::mark();
    DELIVERS.set(true);
}

/// Whether this thread delivers.
pub(super) fn delivers() -> bool {
    DELIVERS.try_with(Cell::get).unwrap_or_default()
}

/// A number of this thread's own; 0 for one that is about to end.
pub(super) fn number() -> usize {
    NUMBER.try_with(|number| *number).unwrap_or_default()
}
