//! A span that knows what it observes, and so what can be said of it.

use std::{fmt, marker::PhantomData, ops::Deref};

use super::{Kind, Plain, SpanHandle};

/// An open span of a kind. Everything that can be said of any span is on [`SpanHandle`], to which it
/// derefs; what only this kind has is here.
///
/// It ends at [`end`](SpanHandle::end) or when its last clone is dropped.
pub struct Span<K = Plain> {
    handle: SpanHandle,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Span<K> {
    pub(crate) fn new(handle: SpanHandle) -> Self {
        Self { handle, kind: PhantomData }
    }
}

impl<K> Clone for Span<K> {
    fn clone(&self) -> Self {
        Self { handle: self.handle.clone(), kind: PhantomData }
    }
}

impl<K> Deref for Span<K> {
    type Target = SpanHandle;

    fn deref(&self) -> &SpanHandle {
        &self.handle
    }
}

impl<K: Kind> fmt::Debug for Span<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Span").field("kind", &K::KIND).field("handle", &self.handle).finish()
    }
}
