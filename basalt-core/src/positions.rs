//! Finds entries of a list by their keys: one by one while there are few, by an index once there are many.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash},
};

/// Longer lists have an index.
const FEW: usize = 32;

/// Where entries stand in a list that is kept elsewhere. The list tells what changes in it.
#[derive(Debug, Default)]
pub(crate) struct Positions(Option<Box<Index>>);

/// Positions by the hashes of keys. Of two entries with one key, the later is found.
type Index = HashMap<u64, usize>;

impl Positions {
    /// The position of the latest entry with a key.
    #[inline]
    pub(crate) fn find<T, K: Hash + Eq + ?Sized>(
        &mut self,
        list: &[T],
        key: &K,
        of: impl Fn(&T) -> &K,
    ) -> Option<usize> {
        if list.len() <= FEW {
            return list.iter().rposition(|entry| of(entry) == key);
        }
        self.look_up(list, key, of)
    }

    #[cold]
    fn look_up<T, K: Hash + Eq + ?Sized>(
        &mut self,
        list: &[T],
        key: &K,
        of: impl Fn(&T) -> &K,
    ) -> Option<usize> {
        let index = self.0.get_or_insert_with(|| {
            let mut index = Index::new();
            for (position, entry) in list.iter().enumerate() {
                index.insert(hash(&index, of(entry)), position);
            }
            Box::new(index)
        });
        let position = *index.get(&hash(index, key))?;
        match list.get(position) {
            Some(entry) if of(entry) == key => Some(position),
            // Two keys with one hash.
            _ => list.iter().rposition(|entry| of(entry) == key),
        }
    }

    /// An entry has been added at the end of the list.
    #[inline]
    pub(crate) fn pushed<K: Hash + ?Sized>(&mut self, position: usize, key: &K) {
        if let Some(index) = &mut self.0 {
            index.insert(hash(index, key), position);
        }
    }

    /// An entry has been taken out, and the last one, if it was another, put in its place.
    #[inline]
    pub(crate) fn swap_removed<K: Hash + ?Sized>(&mut self, position: usize, key: &K, moved: Option<&K>) {
        if let Some(index) = &mut self.0 {
            index.remove(&hash(index, key));
            if let Some(moved) = moved {
                index.insert(hash(index, moved), position);
            }
            if index.len() <= FEW / 2 {
                self.0 = None;
            }
        }
    }

    /// The list has changed in another way.
    pub(crate) fn forget(&mut self) {
        self.0 = None;
    }
}

fn hash<K: Hash + ?Sized>(index: &Index, key: &K) -> u64 {
    index.hasher().hash_one(key)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn entries_are_found_in_short_and_long_lists_while_they_come_and_go() {
        let (mut list, mut positions) = (Vec::new(), Positions::default());
        for key in 0..200_u32 {
            assert_eq!(positions.find(&list, &key, |entry| entry), None);
            positions.pushed(list.len(), &key);
            list.push(key);
            assert!((0..=key).all(|key| positions.find(&list, &key, |entry| entry) == Some(key as usize)));
        }
        for key in (0..200_u32).step_by(2).chain((1..200).step_by(2)) {
            let position = positions.find(&list, &key, |entry| entry).unwrap();
            list.swap_remove(position);
            positions.swap_removed(position, &key, list.get(position));
            assert_eq!(positions.find(&list, &key, |entry| entry), None);
            let found = |(position, key)| positions.find(&list, key, |entry| entry) == Some(position);
            assert!(list.iter().enumerate().all(found));
        }
    }

    #[test]
    fn of_two_entries_with_one_key_the_later_is_found() {
        for length in [10, 100] {
            let list: Vec<_> = (0..length).map(|_| 7).collect();
            assert_eq!(Positions::default().find(&list, &7, |entry| entry), Some(length - 1));
        }
    }

    #[test]
    fn a_long_list_is_looked_through_once() {
        let looked_at = Cell::new(0);
        let (mut list, mut positions) = (Vec::new(), Positions::default());
        for key in 0..10_000_u32 {
            let found = positions.find(&list, &key, |entry| {
                looked_at.set(looked_at.get() + 1);
                entry
            });
            assert_eq!(found, None);
            positions.pushed(list.len(), &key);
            list.push(key);
        }
        assert!(looked_at.get() <= FEW * (FEW + 1), "{}", looked_at.get());
    }
}
