//! Verdicts on keys of attributes, which come again with every span.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::key::Verdict;

/// Keys that are remembered, and bytes of one: who makes keys up cannot fill memory with them.
const MOST: usize = 1024;
const LONGEST: usize = 128;

#[derive(Default)]
pub(super) struct Judged(Mutex<HashMap<Box<str>, Verdict>>);

impl Judged {
    /// The verdict on a key, by `judge` if it is new.
    pub(super) fn verdict(&self, key: &str, judge: impl FnOnce(&str) -> Verdict) -> Verdict {
        if let Some(verdict) = self.known().get(key) {
            return *verdict;
        }
        let verdict = judge(key);
        let mut known = self.known();
        if known.len() < MOST && key.len() <= LONGEST {
            known.insert(key.into(), verdict);
        }
        verdict
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Box<str>, Verdict>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_judged_once_and_what_is_remembered_is_bounded() {
        let judged = Judged::default();
        let never = |_: &str| panic!("it is known");
        assert_eq!(judged.verdict("token", |_| Verdict::Secret), Verdict::Secret);
        assert_eq!(judged.verdict("token", never), Verdict::Secret);
        let long = "k".repeat(LONGEST + 1);
        for key in (0..2 * MOST).map(|number| number.to_string()).chain([long]) {
            assert_eq!(judged.verdict(&key, |_| Verdict::Open), Verdict::Open);
        }
        assert_eq!(judged.known().len(), MOST);
        assert_eq!(judged.verdict("token", never), Verdict::Secret);
    }
}
