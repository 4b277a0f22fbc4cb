//! Threads of our own, on which nothing is observed, whatever a bridge of `tracing` makes of what happens there.

use std::cell::Cell;

#[cfg(feature = "client")]
use opentelemetry::Context;

thread_local! {
    static UNOBSERVED: Cell<bool> = const { Cell::new(false) };
}

/// Runs all work of a thread. Spans that end on it are not taken. A suppressed `Context` alone is not enough: below a
/// span without a parent, a bridge of `tracing` begins with a new one.
#[cfg(feature = "client")]
pub(crate) fn thread<R>(work: impl FnOnce() -> R) -> R {
    mark();
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    work()
}

/// From here on, spans that end on this thread are not taken.
pub(crate) fn mark() {
    UNOBSERVED.set(true);
}

/// Whether spans that end on this thread are not taken.
pub(crate) fn here() -> bool {
    UNOBSERVED.try_with(Cell::get).unwrap_or_default()
}
