//! Carries the current observation into tasks, threads and streams.

use std::{
    future::Future,
    pin::Pin,
    task::{Context as Waker, Poll},
};

use futures_core::Stream;
use opentelemetry::{Context, trace::TraceContextExt};
use pin_project_lite::pin_project;

use crate::current;

/// For futures and streams that run elsewhere, or later.
///
/// A spawned task starts outside every trace; wrapped, it stays inside the one that spawned it.
///
/// ```
/// # async fn summarise() {}
/// use basalt_core::context::InCurrentObservation;
///
/// # async fn handler() {
/// tokio::spawn(summarise().in_current_observation());
/// # }
/// ```
pub trait InCurrentObservation: Sized {
    /// The same future or stream, inside what is being observed now.
    fn in_current_observation(self) -> WithContext<Self> {
        WithContext { inner: self, context: current::context() }
    }
}

impl<T> InCurrentObservation for T {}

pin_project! {
    /// Future and stream of [`InCurrentObservation`]: what was observed where it was made is active whenever it is
    /// polled.
    #[derive(Debug, Clone)]
    pub struct WithContext<T> {
        #[pin]
        inner: T,
        context: Context,
    }
}

impl<F: Future> Future for WithContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, waker: &mut Waker<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = current::attach(this.context.clone());
        this.inner.poll(waker)
    }
}

impl<S: Stream> Stream for WithContext<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, waker: &mut Waker<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let _entered = current::attach(this.context.clone());
        this.inner.poll_next(waker)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

/// A closure that runs inside what is being observed now, for blocking threads and threads of your own.
///
/// ```
/// # fn parse() {}
/// use basalt_core::context::carry;
///
/// let thread = std::thread::spawn(carry(parse));
/// # thread.join().unwrap();
/// // or: tokio::task::spawn_blocking(carry(parse))
/// ```
pub fn carry<R>(work: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let context = current::context();
    move || {
        let _entered = current::attach(context);
        work()
    }
}

/// The id of the active trace, as 32 hexadecimal digits; none outside a trace. For log lines and for
/// answers that tell the caller what to ask about.
#[must_use]
pub fn trace_id() -> Option<String> {
    let id = current::map(|context| {
        let span = context.span();
        let span = span.span_context();
        span.is_valid().then(|| span.trace_id())
    });
    id.map(|id| id.to_string())
}
