//! Names what was cut (`basalt.truncated`).

use opentelemetry::{Array, Key, StringValue, Value};

use crate::positions::Positions;

/// Keys of attributes, of the span or of its events, and `name` and `status` for the texts beside them.
#[derive(Debug, Default)]
pub(crate) struct Truncated {
    keys: Vec<Key>,
    positions: Positions,
}

/// What a span's or an event's name that was cut is called.
const NAME: Key = Key::from_static_str("name");
/// The same of a status's description.
const STATUS: Key = Key::from_static_str("status");

impl Truncated {
    /// Says whether the name of the span, or of an event, is cut.
    pub(crate) fn set_name(&mut self, cut: bool) {
        self.set(&NAME, cut);
    }

    /// Says whether the status's description is cut.
    pub(crate) fn set_status(&mut self, cut: bool) {
        self.set(&STATUS, cut);
    }

    /// Says whether the value of a key is cut.
    pub(super) fn set(&mut self, key: &Key, cut: bool) {
        if cut {
            self.add(key.clone());
        } else if !self.keys.is_empty() {
            self.remove(key.as_str());
        }
    }

    pub(crate) fn add(&mut self, key: Key) {
        if self.position(key.as_str()).is_none() {
            self.positions.pushed(self.keys.len(), key.as_str());
            self.keys.push(key);
        }
    }

    fn remove(&mut self, key: &str) {
        if let Some(position) = self.position(key) {
            self.keys.swap_remove(position);
            self.positions.swap_removed(position, key, self.keys.get(position).map(Key::as_str));
        }
    }

    pub(super) fn extend(&mut self, keys: impl IntoIterator<Item = Key>) {
        keys.into_iter().for_each(|key| self.add(key));
    }

    pub(super) fn into_keys(self) -> Vec<Key> {
        self.keys
    }

    /// Bytes of memory, roughly, beside its own.
    pub(super) fn weight(&self) -> usize {
        size_of_val(self.keys.as_slice()) + self.keys.iter().map(|key| key.as_str().len()).sum::<usize>()
    }

    /// The value of the attribute; none if nothing was cut.
    pub(crate) fn value(self) -> Option<Value> {
        let names = |key| StringValue::from(String::from(key));
        let keys: Vec<_> = self.keys.into_iter().map(names).collect();
        (!keys.is_empty()).then_some(Value::Array(Array::String(keys)))
    }

    fn position(&mut self, key: &str) -> Option<usize> {
        self.positions.find(&self.keys, key, Key::as_str)
    }
}
