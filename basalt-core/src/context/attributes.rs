//! What is set on a span, in the order in which it is set.

use std::mem;

use opentelemetry::Key;
use smallvec::{IntoIter, SmallVec};

use crate::{cut::LONGEST_KEY, payload::Held, positions::Positions, semconv::is_own};

/// Attributes that need no memory of their own.
const USUAL: usize = 8;

type Few = [(Key, Held); USUAL];

/// The last value of a key counts. The first few short ones are not compared with each other: that is done when the span
/// is written.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    all: SmallVec<Few>,
    positions: Positions,
    /// Bytes that the values hold elsewhere.
    held: usize,
    /// What did not fit.
    dropped: u32,
    most: Room,
    /// Whether no key is there twice.
    unified: bool,
}

/// How much is kept of what users and other libraries set. What Basalt itself says always finds room.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// OpenTelemetry's limit.
    pub(super) attributes: usize,
    pub(super) bytes: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self { attributes: usize::MAX, bytes: usize::MAX }
    }
}

impl Attributes {
    pub(super) fn limit(&mut self, most: Room) {
        self.most = most;
    }

    /// Returns whether the value has found room.
    #[inline]
    pub(super) fn set(&mut self, key: Key, value: Held) -> bool {
        if value.is_in_place() && self.all.len() < USUAL && key.as_str().len() <= LONGEST_KEY {
            self.all.push((key, value));
            true
        } else {
            self.replace(key, value)
        }
    }

    #[inline(never)]
    fn replace(&mut self, key: Key, value: Held) -> bool {
        let new = value.weight();
        let position = self.only_position(key.as_str());
        let old = position.and_then(|position| self.all.get(position)).map_or(0, |(_, old)| old.weight());
        let fits = key.as_str().len() <= LONGEST_KEY && self.has_room(position.is_none(), old, new);
        if !fits && !is_own(key.as_str()) {
            self.dropped = self.dropped.saturating_add(1);
            return false;
        }
        self.held = self.held - old + new;
        match position.and_then(|position| self.all.get_mut(position)) {
            Some((_, old)) => *old = value,
            None => {
                self.positions.pushed(self.all.len(), key.as_str());
                self.all.push((key, value));
            }
        }
        true
    }

    fn has_room(&mut self, more: bool, old: usize, new: usize) -> bool {
        if more && self.all.len() >= self.most.attributes && !self.unified {
            self.unify();
        }
        let fits = new <= old || self.held - old + new <= self.most.bytes;
        fits && (!more || self.all.len() < self.most.attributes)
    }

    /// Compares the first few with each other.
    fn unify(&mut self) {
        let all = mem::take(&mut self.all);
        for (key, value) in all {
            match self.all.iter_mut().take(USUAL).find(|(known, _)| *known == key) {
                Some((_, old)) => *old = value,
                None => self.all.push((key, value)),
            }
        }
        self.positions.forget();
        self.unified = self.all.len() >= USUAL;
    }

    pub(super) fn remove(&mut self, key: &str) {
        if self.has(key) {
            self.all.retain(|(known, _)| known.as_str() != key);
            self.held = self.all.iter().map(|(_, value)| value.weight()).sum();
            self.positions.forget();
            self.unified = false;
        }
    }

    pub(super) fn has(&mut self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// The position of a key, which is there once from now on: no two long values of it are kept.
    fn only_position(&mut self, key: &str) -> Option<usize> {
        let position = self.position(key)?;
        let mut earlier = self.all.iter().take(position.min(USUAL));
        if !self.unified && earlier.any(|(known, _)| known.as_str() == key) {
            self.unify();
            return self.position(key);
        }
        Some(position)
    }

    fn position(&mut self, key: &str) -> Option<usize> {
        self.positions.find(&self.all, key, |(known, _)| known.as_str())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// How many values have found no room.
    pub(super) fn dropped(&self) -> u32 {
        self.dropped
    }

    /// Bytes of memory, roughly, beside its own.
    pub(super) fn weight(&self) -> usize {
        let keys: usize = self.all.iter().map(|(key, _)| key.as_str().len()).sum();
        self.held + keys + if self.all.spilled() { size_of_val(&*self.all) } else { 0 }
    }
}

impl IntoIterator for Attributes {
    type Item = (Key, Held);
    type IntoIter = IntoIter<Few>;

    fn into_iter(self) -> IntoIter<Few> {
        self.all.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::Value;

    use super::*;
    use crate::semconv::basalt;

    fn number(number: i64) -> Held {
        Value::from(number).into()
    }

    fn text(length: usize) -> Held {
        Held::text(&"x".repeat(length))
    }

    /// Sets so many keys.
    fn set(attributes: &mut Attributes, keys: usize, value: impl Fn() -> Held) {
        for key in 0..keys {
            let _ = attributes.set(format!("key {key}").into(), value());
        }
    }

    fn limited(attributes: usize, bytes: usize) -> Attributes {
        let mut limited = Attributes::default();
        limited.limit(Room { attributes, bytes });
        limited
    }

    #[test]
    fn what_comes_on_top_of_the_limit_is_dropped_and_counted_while_what_is_there_can_be_replaced() {
        let mut attributes = limited(128, usize::MAX);
        set(&mut attributes, 16_000, || number(7));
        assert_eq!((attributes.len(), attributes.dropped()), (128, 16_000 - 128));
        assert!(attributes.set("key 127".into(), number(7)) && !attributes.set("key 128".into(), number(7)));
    }

    #[test]
    fn what_basalt_itself_says_has_always_room() {
        let mut attributes = limited(128, 10_000);
        set(&mut attributes, 128, || text(100));
        assert!(attributes.set(basalt::OUTPUT.into(), text(20_000)));
        assert!(attributes.set(basalt::CANCELLED.into(), number(1)));
        assert!(attributes.has(basalt::OUTPUT) && attributes.has("key 99") && !attributes.has("key 100"));
    }

    #[test]
    fn one_key_set_again_and_again_takes_the_room_of_one() {
        let mut attributes = limited(128, usize::MAX);
        assert!((0..8).all(|value| attributes.set("same".into(), number(value))));
        set(&mut attributes, 127, || number(0));
        assert_eq!((attributes.len(), attributes.dropped()), (128, 0));
        let same: Vec<_> = attributes.into_iter().filter(|(key, _)| key.as_str() == "same").collect();
        assert!(matches!(same.as_slice(), [(_, Held::Value(Value::I64(7)))]));
    }

    #[test]
    fn of_long_values_so_many_are_kept_as_there_are_bytes_for_and_one_that_gets_shorter_makes_room() {
        let mut attributes = limited(128, 10_000);
        assert!(attributes.set("a".into(), text(6_000)) && !attributes.set("b".into(), text(6_000)));
        assert!(attributes.set("a".into(), text(3_000)) && attributes.set("b".into(), text(6_000)));
        assert_eq!((attributes.held, attributes.dropped()), (9_000, 1));
        attributes.remove("a");
        assert_eq!(attributes.held, 6_000);
    }
}
