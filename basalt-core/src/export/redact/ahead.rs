//! How far a regular expression looks before it knows a match. Each search is linear, but to find all matches may be
//! quadratic: `a.*b|a` looks for a `b` to the end of the text for every `a`.

use std::sync::{Mutex, PoisonError};

use regex_automata::{
    Input,
    hybrid::dfa::{Cache, DFA},
    util::syntax,
};

/// Counts what a pattern looks at.
pub(super) struct Ahead {
    dfa: DFA,
    cache: Mutex<Cache>,
}

impl Ahead {
    /// None if the pattern is too large for it.
    pub(super) fn of(pattern: &str, unicode: bool) -> Option<Self> {
        let syntax = syntax::Config::new().unicode(unicode).utf8(false);
        let words = DFA::config().unicode_word_boundary(true);
        let dfa = DFA::builder().configure(words).syntax(syntax).build(pattern).ok()?;
        let cache = Mutex::new(dfa.create_cache());
        Some(Self { dfa, cache })
    }

    /// Bytes from `at` on that the search for the next match looks at. Where a pattern asks for words and the text is
    /// not ASCII, it is counted up to there.
    pub(super) fn looks(&self, text: &str, at: usize) -> usize {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = text.as_bytes().get(at..).unwrap_or_default();
        let input = Input::new(text).range(at..);
        let Ok(mut state) = self.dfa.start_state_forward(&mut cache, &input) else { return rest.len() };
        for (looked, byte) in rest.iter().enumerate() {
            match self.dfa.next_state(&mut cache, state, *byte) {
                Ok(next) if !next.is_dead() && !next.is_quit() => state = next,
                Ok(_) => return looked + 1,
                Err(_) => return rest.len(),
            }
        }
        rest.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_looks_as_far_as_it_must() {
        let looks = |pattern, text: &str| Ahead::of(pattern, true).unwrap().looks(text, 0);
        assert_eq!(looks("ab", "xxabxxxx"), 6);
        assert_eq!(looks("a.*b|a", "aaaaaaaa"), 8);
        assert_eq!(looks("a", "xxxxxxxx"), 8);
        assert_eq!(looks(r"\bann\b", "ann and bob"), 5);
    }
}
