//! Work that runs inside a span and ends it.

use std::{fmt::Display, future::Future, ops::Deref};

use super::{Observe, SpanHandle};
use crate::{current, panic};

/// A handle that knows its span: of a step or of a root.
pub trait Live: Clone + Deref<Target = SpanHandle> {}

impl<T: Clone + Deref<Target = SpanHandle>> Live for T {}

pub(crate) async fn run<L: Live, Fut: Future>(span: L, work: impl FnOnce(L) -> Fut) -> Fut::Output {
    let handle = span.clone();
    let output = async move { work(handle).await }.observed(&span).await;
    span.end();
    output
}

pub(crate) async fn try_run<L: Live, Fut, T, E: Display>(span: L, work: impl FnOnce(L) -> Fut) -> Result<T, E>
where
    Fut: Future<Output = Result<T, E>>,
{
    let record = |span: L| async move {
        let result = work(span.clone()).await;
        if let Err(error) = &result {
            span.set_error(error);
        }
        result
    };
    run(span, record).await
}

pub(crate) fn in_scope<L: Live, R>(span: &L, work: impl FnOnce(&L) -> R) -> R {
    let _entered = current::attach(span.context().clone());
    let output = panic::watch(|| work(span), |message| span.panicked(message));
    span.end();
    output
}
