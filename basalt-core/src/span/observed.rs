//! Futures and streams that run inside a span.

use std::{
    future::Future,
    pin::Pin,
    task::{Context as Waker, Poll, ready},
};

use futures_core::Stream;
use opentelemetry::Context;
use pin_project_lite::pin_project;

use super::SpanHandle;
use crate::{context::Scope, current, panic, semconv::basalt};

/// Runs a future or a stream inside a span.
///
/// ```
/// use basalt_core::{Observe, observe};
///
/// # async fn ask_the_model() -> String { String::new() }
/// # async fn handler() {
/// let answer = observe::generation("answer").start();
/// let text = ask_the_model().observed(&answer).await;
/// answer.set_completion(&text);
/// # }
/// ```
pub trait Observe: Sized {
    /// Makes the span the active one whenever this is polled, and holds a handle to it until it is finished.
    /// Dropped before its end, it ends the span and says so (`basalt.span.cancelled`); a panic marks the span
    /// and goes on.
    fn observed(self, span: &SpanHandle) -> Observed<Self> {
        Observed { inner: self, guard: Guard { span: Some(span.clone()), context: None } }
    }
}

impl<T> Observe for T {}

pin_project! {
    /// Future and stream of [`Observe::observed`].
    #[derive(Debug)]
    pub struct Observed<T> {
        #[pin]
        inner: T,
        // Dropped after the inner future, so that spans below end first.
        guard: Guard,
    }
}

/// Holds a handle as long as there is something to poll.
#[derive(Debug)]
struct Guard {
    span: Option<SpanHandle>,
    /// The span's, in the blocks it is first polled in.
    context: Option<Context>,
}

impl Guard {
    fn poll<R>(&mut self, poll: impl FnOnce() -> R) -> R {
        let Some(span) = &self.span else { return poll() };
        let context = self.context.get_or_insert_with(|| Scope::in_current_blocks(span.context().clone()));
        let _entered = current::attach(context.clone());
        panic::watch(poll, |message| {
            if let Some(span) = self.span.take() {
                span.panicked(message);
                span.end();
            }
        })
    }

    /// Lets go of the span: if this was its last handle, it ends.
    fn finish(&mut self) {
        self.span = None;
        self.context = None;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(span) = &self.span {
            span.set_value(basalt::CANCELLED, true);
            span.end();
        }
    }
}

impl<F: Future> Future for Observed<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, waker: &mut Waker<'_>) -> Poll<F::Output> {
        let this = self.project();
        let output = ready!(this.guard.poll(|| this.inner.poll(waker)));
        this.guard.finish();
        Poll::Ready(output)
    }
}

impl<S: Stream> Stream for Observed<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, waker: &mut Waker<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let item = ready!(this.guard.poll(|| this.inner.poll_next(waker)));
        if item.is_none() {
            this.guard.finish();
        }
        Poll::Ready(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}
