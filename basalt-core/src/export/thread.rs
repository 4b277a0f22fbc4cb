//! The threads of delivery, on which nothing is observed.

use std::cell::Cell;

thread_local! {
    static DELIVERS: Cell<bool> = const { Cell::new(false) };
}

/// From here on, spans that end on this thread are not taken. A suppressed `Context` alone is not enough: below
/// a span without a parent, a bridge of `tracing` begins with a new one, and what an exporter does to
/// deliver spans would be spans to deliver.
pub(super) fn enter() {
    DELIVERS.set(true);
}

/// Whether this thread delivers.
pub(super) fn delivers() -> bool {
    DELIVERS.try_with(Cell::get).unwrap_or_default()
}
