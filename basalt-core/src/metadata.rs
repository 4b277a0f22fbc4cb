//! Metadata: a JSON object that grows key by key.

use std::{borrow::Cow, ptr};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    foreign,
    payload::{Payload, Tree},
    said,
    weight::of_map,
};

/// A JSON object, merged shallowly: a later value replaces an earlier one under the same key.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Metadata {
    /// None until there is something to say, as on most spans.
    map: Option<Box<Map<String, Value>>>,
    /// Whether something could not be taken.
    cut: bool,
}

impl Metadata {
    /// Whether it says nothing, and nothing was to be said.
    pub(crate) fn is_empty(&self) -> bool {
        self.map.is_none() && !self.cut
    }

    /// Bytes of memory, roughly.
    pub(crate) fn weight(&self) -> usize {
        self.map.as_deref().map_or(0, of_map)
    }

    /// Takes anything that serializes to an object. What does not is dropped, and said once.
    pub(crate) fn of(object: &impl Serialize) -> Self {
        match Tree::of(object) {
            Tree { value: Value::Object(map), cut } => Self { map: Some(Box::new(map)), cut },
            Tree { value: Value::Null, cut: false } => Self::default(),
            _ => {
                said::once!(warn, "metadata was dropped: give a map or a struct of less than 64 kB");
                Self { map: None, cut: true }
            }
        }
    }

    /// Sets one key.
    pub(crate) fn insert(&mut self, key: impl Into<String>, value: &impl Serialize) {
        let Tree { value, cut } = Tree::of(value);
        self.map.get_or_insert_default().insert(foreign::text(key), value);
        self.cut |= cut;
    }

    pub(crate) fn merge(&mut self, later: &Metadata) {
        if let Some(later) = &later.map {
            let entries = later.iter().map(|(key, value)| (key.clone(), value.clone()));
            self.map.get_or_insert_default().extend(entries);
        }
        self.cut |= later.cut;
    }

    /// This and, where it has no such key, an earlier one.
    pub(crate) fn over<'a>(&'a self, earlier: &'a Metadata) -> Cow<'a, Metadata> {
        if earlier.is_empty() || ptr::eq(self, earlier) {
            return Cow::Borrowed(self);
        }
        if self.is_empty() {
            return Cow::Borrowed(earlier);
        }
        let mut merged = earlier.clone();
        merged.merge(self);
        Cow::Owned(merged)
    }

    /// The text of the attribute; none where there is nothing left to say.
    pub(crate) fn payload(&self, limit: usize) -> Option<Payload> {
        Payload::of(self.map.as_ref().filter(|map| !map.is_empty())?, limit)
    }

    /// Whether something was said that could not be taken.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut
    }
}
