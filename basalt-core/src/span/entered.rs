//! A span that is active as long as a block of sync code runs.

use std::{ops::Deref, thread};

use super::{SpanHandle, run::Live};
use crate::current::{self, Attached};

/// Guard of a sync block: the span is the active one on this thread until this is dropped, which ends it. Left by
/// a panic, it says so.
///
/// It stays on its thread, so that the compiler refuses to hold it over an `.await` of a spawned task; for async
/// code there is [`run`](super::SpanBuilder::run) and [`observed`](super::Observe::observed).
///
/// ```
/// use basalt_core::observe;
///
/// fn parse(text: &str) -> usize {
///     let span = observe::function("parse").enter();
///     span.set_input(text);
///     text.lines().count() // what is observed in here hangs below `parse`
/// }
/// ```
#[derive(Debug)]
#[must_use = "dropped at once, the span ends at once"]
pub struct Entered<L: Deref<Target = SpanHandle>> {
    // Left before the span ends.
    active: Option<Attached>,
    span: L,
    /// Whether the thread was unwinding already.
    unwinding: bool,
}

impl<L: Live> Entered<L> {
    pub(crate) fn new(span: L) -> Self {
        let active = Some(current::attach(span.context().clone()));
        Self { active, span, unwinding: thread::panicking() }
    }
}

impl<L: Deref<Target = SpanHandle>> Deref for Entered<L> {
    type Target = L;

    fn deref(&self) -> &L {
        &self.span
    }
}

impl<L: Deref<Target = SpanHandle>> Drop for Entered<L> {
    fn drop(&mut self) {
        self.active = None;
        if thread::panicking() && !self.unwinding {
            self.span.panicked("the block was left by a panic");
        }
        self.span.end();
    }
}
