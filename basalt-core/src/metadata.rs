//! Metadata: a JSON object that grows key by key.

use std::{borrow::Cow, ptr};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    foreign,
    payload::{LIMIT, Payload, Tree},
    said,
    weight::{of_entry, of_map},
};

/// A JSON object, merged shallowly: a later value replaces an earlier one under the same key.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Metadata {
    /// None until there is something to say, as on most spans.
    map: Option<Box<Map<String, Value>>>,
    /// Bytes of it, roughly.
    bytes: usize,
    /// Whether something could not be taken.
    cut: bool,
}

/// Bytes that are kept. What does not fit is dropped.
const ROOM: usize = 8 * LIMIT;

impl Metadata {
    /// Whether it says nothing, and nothing was to be said.
    pub(crate) fn is_empty(&self) -> bool {
        self.map.is_none() && !self.cut
    }

    /// Bytes of memory, roughly.
    pub(crate) fn weight(&self) -> usize {
        self.bytes
    }

    /// Takes anything that serializes to an object. What does not is dropped, and said once.
    pub(crate) fn of(object: &impl Serialize) -> Self {
        match Tree::of(object) {
            Tree { value: Value::Object(map), cut } => Self::within(map, cut),
            Tree { value: Value::Null, cut: false } => Self::default(),
            _ => {
                said::once!(warn, "metadata was dropped: give a map or a struct of less than 64 kB");
                Self { cut: true, ..Self::default() }
            }
        }
    }

    fn within(map: Map<String, Value>, cut: bool) -> Self {
        let bytes = of_map(&map);
        Self { map: Some(Box::new(map)), bytes, cut }
    }

    /// Sets one key.
    pub(crate) fn insert(&mut self, key: impl Into<String>, value: &impl Serialize) {
        let Tree { value, cut } = Tree::of(value);
        self.set(foreign::text(key), value);
        self.cut |= cut;
    }

    pub(crate) fn merge(&mut self, later: &Metadata) {
        if let Some(later) = &later.map {
            later.iter().for_each(|(key, value)| self.set(key.clone(), value.clone()));
        }
        self.cut |= later.cut;
    }

    fn set(&mut self, key: String, value: Value) {
        let map = self.map.get_or_insert_default();
        let old = map.get(&key).map_or(0, |value| of_entry(&key, value));
        let new = of_entry(&key, &value);
        if new > old && self.bytes - old + new > ROOM {
            self.cut = true;
            return;
        }
        self.bytes = self.bytes - old + new;
        map.insert(key, value);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_much_is_kept_as_there_is_room_for_and_the_rest_is_told_to_be_missing() {
        let mut metadata = Metadata::default();
        for number in 0..100_000 {
            metadata.insert(format!("key {number}"), &"value");
        }
        assert!(metadata.is_cut() && metadata.weight() <= ROOM && metadata.weight() > ROOM - 100);
        metadata.insert("key 7", &"other");
        metadata.insert("another key", &"value");
        let map = metadata.map.as_deref().unwrap();
        assert_eq!((map.get("key 7"), map.get("another key")), (Some(&"other".into()), None));
        assert_eq!(metadata.weight(), of_map(map));
    }
}
