//! Patterns of the program.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

use super::{
    ahead::Ahead,
    invalid::InvalidPattern,
    mask::{Cut, apply},
    reader::work,
};

/// Of one compiled pattern, in bytes.
const LIMIT: usize = 1 << 20;

/// Matches that are found in a text without counting how far the pattern looks for them.
const FEW: usize = 32;

/// Times the length of a text that may be looked at for the matches after them.
const MOST: usize = 8;

/// A regular expression.
pub(super) struct Pattern {
    regex: Regex,
    /// Made when a text has many matches.
    ahead: OnceLock<Option<Ahead>>,
}

impl Pattern {
    /// The pattern that is given as the one at `place`.
    pub(super) fn new(pattern: &str, place: usize) -> Result<Self, InvalidPattern> {
        let built = RegexBuilder::new(pattern).size_limit(LIMIT).build();
        let regex = built.map_err(|error| InvalidPattern::of(place, &error))?;
        if regex.is_match("") {
            return Err(InvalidPattern::empty(place));
        }
        Ok(Self { regex, ahead: OnceLock::new() })
    }

    /// The text without what matches; none if nothing does. If the pattern looks much further than it matches, over
    /// and over, the rest of the text is masked.
    pub(super) fn mask(&self, text: &str) -> Option<String> {
        let mut cuts = Vec::new();
        let (mut at, mut looked) = (0, 0);
        for (number, found) in self.regex.find_iter(text).enumerate() {
            if number >= FEW {
                looked += self.looks(text, at);
            }
            if looked > MOST.saturating_mul(text.len()) {
                cuts.push(Cut::plain(at, text.len()));
                break;
            }
            at = found.end();
            cuts.extend((!found.is_empty()).then(|| Cut::plain(found.start(), found.end())));
        }
        apply(text, cuts)
    }

    fn looks(&self, text: &str, at: usize) -> usize {
        let ahead = self.ahead.get_or_init(|| Ahead::of(self.regex.as_str(), true));
        let looks = ahead.as_ref().map_or(text.len().saturating_sub(at), |ahead| ahead.looks(text, at));
        work::add(2 * looks);
        looks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(pattern: &str, text: &str) -> (Option<String>, usize) {
        let pattern = Pattern::new(pattern, 1).unwrap();
        work::of(|| pattern.mask(text))
    }

    #[test]
    fn every_match_goes() {
        assert_eq!(masked("case-[0-9]+", "case-1 a case-2").0.as_deref(), Some("[redacted] a [redacted]"));
        let many = "case-1, ".repeat(10_000);
        assert_eq!(masked("case-[0-9]+", &many).0.unwrap(), "[redacted], ".repeat(10_000));
        let many = "é Ann, ".repeat(10_000);
        assert_eq!(masked(r"(?i)\bann\b", &many).0.unwrap(), "é [redacted], ".repeat(10_000));
    }

    #[test]
    fn a_pattern_that_looks_too_far_masks_the_rest() {
        for (pattern, unit) in [("a.*b|a", "a"), ("a[^z]*z|b", "ab"), (r"x(?s:.*)y|x", "x ")] {
            let text = unit.repeat(40_000 / unit.len());
            let (masked, looked) = masked(pattern, &text);
            assert!(masked.unwrap().ends_with("[redacted]"), "{pattern}");
            assert!(looked <= 3 * MOST * text.len(), "{pattern}: {looked}");
        }
    }
}
