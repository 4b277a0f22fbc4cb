//! Work inside a span that is about to start.

use std::{fmt, future::Future};

use super::{Entered, Kind, Span, SpanBuilder, run};

impl<K: Kind> SpanBuilder<K> {
    /// Runs async work inside the span, which ends with it. The value is kept as it is. The span starts when
    /// the future is first polled, and is the active one whenever the work is.
    ///
    /// Dropped half way, the span ends and says so (`basalt.span.cancelled`); a panic marks it and goes on.
    ///
    /// ```
    /// # use basalt_core::observe;
    /// # async fn handler() {
    /// let words = observe::observe("count").run(|span| async move {
    ///     span.set_input("one two three");
    ///     3
    /// });
    /// assert_eq!(words.await, 3);
    /// # }
    /// ```
    pub async fn run<F, Fut>(self, work: F) -> Fut::Output
    where
        F: FnOnce(Span<K>) -> Fut,
        Fut: Future,
    {
        run::run(self.start(), work).await
    }

    /// As [`run`](Self::run); an error is recorded and marks the span, as
    /// [`SpanHandle::set_error`](super::SpanHandle::set_error). Any error that can be shown will do.
    ///
    /// ```
    /// # use basalt_core::observe;
    /// # async fn handler() -> Result<u8, std::num::ParseIntError> {
    /// observe::observe("parse").try_run(|_| async { "seven".parse::<u8>() }).await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The error of the work, untouched.
    pub async fn try_run<F, Fut, T, E>(self, work: F) -> Result<T, E>
    where
        F: FnOnce(Span<K>) -> Fut,
        Fut: Future<Output = Result<T, E>>,
        E: fmt::Display,
    {
        run::try_run(self.start(), work).await
    }

    /// Starts the span and makes it the active one on this thread, for the rest of a sync block; it ends with the
    /// guard.
    ///
    /// ```
    /// # use basalt_core::observe;
    /// let span = observe::observe("parse").enter();
    /// span.set_input("four");
    /// ```
    pub fn enter(self) -> Entered<Span<K>> {
        Entered::new(self.start())
    }

    /// Runs sync work inside the span, which ends with it and is the active one on this thread meanwhile. A
    /// panic marks it and goes on.
    ///
    /// ```
    /// # use basalt_core::observe;
    /// let sum = observe::observe("sum").in_scope(|span| {
    ///     span.set_input([1, 2]);
    ///     1 + 2
    /// });
    /// assert_eq!(sum, 3);
    /// ```
    pub fn in_scope<R>(self, work: impl FnOnce(&Span<K>) -> R) -> R {
        run::in_scope(&self.start(), work)
    }
}
