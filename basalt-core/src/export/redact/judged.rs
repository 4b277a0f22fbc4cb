//! What has been judged before: keys and short texts come again with every span.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::key::Verdict;
use crate::repeated::place;

/// Places for keys, and for texts; each holds two.
const PLACES: usize = 512;
/// Bytes of a key or text: whoever makes them up cannot fill memory with them.
const LONGEST: usize = 128;

#[derive(Default)]
pub(super) struct Judged {
    keys: Mutex<Known<Verdict>>,
    harmless: Mutex<Known<()>>,
}

impl Judged {
    /// The verdict on a key, by `judge` unless it is known.
    pub(super) fn verdict(&self, key: &str, judge: impl FnOnce(&str) -> Verdict) -> Verdict {
        if let Some(verdict) = locked(&self.keys).get(key) {
            return *verdict;
        }
        let verdict = judge(key);
        locked(&self.keys).keep(key, verdict);
        verdict
    }

    /// What becomes of a text, by `look` unless it is known to stay as it is. `look` must judge by the text alone.
    pub(super) fn text(&self, text: &str, look: impl FnOnce(&str) -> Option<String>) -> Option<String> {
        if locked(&self.harmless).get(text).is_some() {
            return None;
        }
        let new = look(text);
        if new.is_none() {
            locked(&self.harmless).keep(text, ());
        }
        new
    }
}

fn locked<V>(known: &Mutex<Known<V>>) -> MutexGuard<'_, Known<V>> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Texts, with what is known of them. A new one takes the place of the older of two.
struct Known<V>(Vec<[Option<Entry<V>>; 2]>);

type Entry<V> = (Box<str>, V);

impl<V> Default for Known<V> {
    fn default() -> Self {
        Self((0..PLACES).map(|_| [None, None]).collect())
    }
}

impl<V> Known<V> {
    fn get(&self, text: &str) -> Option<&V> {
        let both = self.0.get(place(text.as_bytes()) % PLACES)?;
        both.iter().flatten().find(|(known, _)| **known == *text).map(|(_, value)| value)
    }

    fn keep(&mut self, text: &str, value: V) {
        if text.len() <= LONGEST
            && let Some([newer, older]) = self.0.get_mut(place(text.as_bytes()) % PLACES)
        {
            *older = newer.replace((text.into(), value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_again_is_judged_once() {
        let judged = Judged::default();
        assert_eq!(judged.verdict("token", |_| Verdict::Secret), Verdict::Secret);
        assert_eq!(judged.verdict("token", |_| panic!("it is known")), Verdict::Secret);
        assert_eq!(judged.text("hello", |_| None), None);
        assert_eq!(judged.text("hello", |_| panic!("it is known")), None);
    }

    #[test]
    fn a_text_that_does_not_stay_as_it_is_is_looked_at_every_time() {
        let judged = Judged::default();
        for _ in 0..2 {
            assert_eq!(judged.text("token=x", |_| Some("new".to_owned())).as_deref(), Some("new"));
        }
    }

    #[test]
    fn what_is_remembered_is_bounded_and_never_mistaken() {
        let judged = Judged::default();
        for number in 0..10 * PLACES {
            let text = format!("{}{number}", "é".repeat(number % 80));
            let verdict = if number % 2 == 0 { Verdict::Secret } else { Verdict::Open };
            assert_eq!(judged.verdict(&text, |_| verdict), verdict);
            assert_eq!(judged.verdict(&text, |_| verdict), verdict);
            let new = (number % 3 == 0).then(|| "new".to_owned());
            assert_eq!(judged.text(&text, |_| new.clone()), new);
        }
        let keys = locked(&judged.keys);
        assert_eq!(keys.0.len(), PLACES);
        assert!(keys.0.iter().flatten().flatten().all(|(text, _)| text.len() <= LONGEST));
    }
}
