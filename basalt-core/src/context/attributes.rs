//! What is set on a span, in the order in which it is set.

use opentelemetry::Key;
use smallvec::{IntoIter, SmallVec};

use crate::payload::Held;

/// Attributes that need no memory of their own.
const USUAL: usize = 8;

type Few = [(Key, Held); USUAL];

/// The last value of a key counts. The first few short ones are not compared with each other: that is done when the span
/// is written.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    all: SmallVec<Few>,
    /// Bytes that they hold elsewhere.
    held: usize,
}

impl Attributes {
    #[inline]
    pub(super) fn set(&mut self, key: Key, value: Held) {
        if value.is_in_place() && self.all.len() < USUAL {
            self.all.push((key, value));
        } else {
            self.replace(key, value);
        }
    }

    #[inline(never)]
    fn replace(&mut self, key: Key, value: Held) {
        self.held += value.weight();
        let mut waiting = Some(value);
        self.all.retain(|(known, old)| {
            if *known != key {
                return true;
            }
            self.held -= old.weight();
            waiting.take().map(|new| *old = new).is_some()
        });
        if let Some(value) = waiting {
            self.all.push((key, value));
        }
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.all.retain(|(known, _)| known.as_str() != key);
        self.held = self.all.iter().map(|(_, value)| value.weight()).sum();
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.all.iter().any(|(known, _)| known.as_str() == key)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Bytes of memory, roughly, beside its own.
    pub(super) fn weight(&self) -> usize {
        self.held + if self.all.spilled() { size_of_val(&*self.all) } else { 0 }
    }
}

impl IntoIterator for Attributes {
    type Item = (Key, Held);
    type IntoIter = IntoIter<Few>;

    fn into_iter(self) -> IntoIter<Few> {
        self.all.into_iter()
    }
}
