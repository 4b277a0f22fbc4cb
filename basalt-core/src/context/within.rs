//! Blocks of work that everything observed inside has something in common.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context as Waker, Poll},
};

use futures_core::Stream;
use opentelemetry::Context;
use pin_project_lite::pin_project;

use super::{Blocks, Scope};
use crate::{ContextValues, PromptRef, current, foreign};

/// Asks for evaluators on every span opened inside a future or stream, at any depth, spans of other libraries
/// included. Blocks add up.
///
/// ```
/// use basalt_core::{context::with_evaluators, observe};
///
/// # async fn handler() {
/// with_evaluators(["faithful"], async {
///     observe::generation("answer").run(|_| async {}).await;
/// })
/// .await;
/// # }
/// ```
pub fn with_evaluators<S: AsRef<str>, F>(slugs: impl IntoIterator<Item = S>, work: F) -> Within<F> {
    Within::new(Blocks::evaluated(slugs), work)
}

/// As [`with_evaluators`], for a closure on this thread.
pub fn in_evaluators<S: AsRef<str>, R>(slugs: impl IntoIterator<Item = S>, work: impl FnOnce() -> R) -> R {
    within(&Blocks::evaluated(slugs), work)
}

/// Says which prompt is used by every span opened inside a future or stream, and by spans of known
/// instrumentation libraries. The innermost prompt counts, wholly.
///
/// ```
/// use basalt_core::{PromptRef, context::with_prompt, observe};
///
/// # async fn handler() {
/// let prompt = PromptRef::new("triage").version("1.4");
/// with_prompt(&prompt, async {
///     observe::generation("answer").run(|_| async {}).await;
/// })
/// .await;
/// # }
/// ```
pub fn with_prompt<F>(prompt: impl AsRef<PromptRef>, work: F) -> Within<F> {
    Within::new(prompted(prompt), work)
}

/// As [`with_prompt`], for a closure on this thread.
pub fn in_prompt<R>(prompt: impl AsRef<PromptRef>, work: impl FnOnce() -> R) -> R {
    within(&prompted(prompt), work)
}

/// Says who asks, and more, of everything observed inside a future or stream. Around a root it is what the
/// trace begins with; inside one it is said of the spans opened in the block.
///
/// ```
/// use basalt_core::{ContextValues, context::with_context, observe};
///
/// # async fn handler() {
/// with_context(ContextValues::new().session("s-1").metadata("batch", 7), async {
///     observe::observe("step").run(|_| async {}).await;
/// })
/// .await;
/// # }
/// ```
pub fn with_context<F>(values: ContextValues, work: F) -> Within<F> {
    Within::new(Blocks::said(values), work)
}

/// As [`with_context`], for a closure on this thread.
pub fn in_context<R>(values: ContextValues, work: impl FnOnce() -> R) -> R {
    within(&Blocks::said(values), work)
}

fn prompted(prompt: impl AsRef<PromptRef>) -> Blocks {
    foreign::call(|| Blocks::prompted(prompt.as_ref())).unwrap_or_default()
}

fn within<R>(block: &Blocks, work: impl FnOnce() -> R) -> R {
    let _entered = current::attach(Scope::add(&current::context(), block));
    work()
}

pin_project! {
    /// Future and stream of [`with_evaluators`], [`with_prompt`] and [`with_context`].
    ///
    /// The block begins when this is first polled, inside the trace that runs there; where none does, as in a new
    /// task, inside the one that ran where this was made.
    pub struct Within<F> {
        #[pin]
        inner: F,
        place: Place,
    }
}

/// Where a block stands.
enum Place {
    Ahead { block: Blocks, made_in: Context },
    Inside(Context),
}

impl<F> Within<F> {
    fn new(block: Blocks, inner: F) -> Self {
        Self { inner, place: Place::Ahead { block, made_in: current::context() } }
    }
}

impl Place {
    fn enter(&mut self) -> Context {
        if let Self::Ahead { block, made_in } = self {
            let current = current::context();
            let around = if Scope::trace_of(&current).is_some() { current } else { made_in.clone() };
            *self = Self::Inside(Scope::add(&around, block));
        }
        match self {
            Self::Inside(context) => context.clone(),
            Self::Ahead { made_in, .. } => made_in.clone(),
        }
    }
}

impl<F: Future> Future for Within<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, waker: &mut Waker<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = current::attach(this.place.enter());
        this.inner.poll(waker)
    }
}

impl<S: Stream> Stream for Within<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, waker: &mut Waker<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let _entered = current::attach(this.place.enter());
        this.inner.poll_next(waker)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl<F> fmt::Debug for Within<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Within").finish_non_exhaustive()
    }
}
