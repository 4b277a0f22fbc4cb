//! What is told by its form, wherever it stands: one pass over a text says which forms are in it, if any.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::{
    mask::{Cut, is_masked},
    reader::work,
};

/// How a kind of text looks. Its group is what is masked, the last one that has matched; without
/// one, all of it.
pub(super) struct Form {
    /// ASCII, so that it is searched fast in any text.
    pub(super) pattern: &'static str,
    pub(super) check: Check,
}

/// What a pattern cannot say.
#[derive(Clone, Copy)]
pub(super) enum Check {
    None,
    /// Of what is masked.
    Content(fn(&str) -> bool),
    /// Of what is masked, and of the bytes right before and behind it.
    Place(fn(&str, Option<u8>, Option<u8>) -> bool),
}

/// Forms, compiled together; each by itself only when a text has it.
pub(super) struct Forms {
    any: RegexSet,
    each: Vec<(&'static Form, OnceLock<Option<Regex>>)>,
}

impl Forms {
    pub(super) fn compile(kinds: &[&'static [Form]]) -> Result<Self, regex::Error> {
        let forms: Vec<&'static Form> = kinds.iter().copied().flatten().collect();
        let any = RegexSetBuilder::new(forms.iter().map(|form| form.pattern()))
            .unicode(false)
            .size_limit(LIMIT)
            .build()?;
        Ok(Self { any, each: forms.into_iter().map(|form| (form, OnceLock::new())).collect() })
    }

    /// Adds what has one of the forms to the cuts. False if a pattern is wrong, which a test excludes.
    pub(super) fn find<'a>(&self, text: &'a str, cuts: &mut Vec<Cut<'a>>) -> bool {
        work::add(text.len());
        if !self.any.is_match(text) {
            return true;
        }
        work::add(text.len());
        let found = self.any.matches(text);
        found.into_iter().filter_map(|form| self.each.get(form)).all(|(form, compiled)| {
            compiled.get_or_init(|| form.compile()).as_ref().is_some_and(|regex| {
                occurrences(regex, form.check, text, cuts);
                true
            })
        })
    }

    /// Whether every form can be compiled by itself.
    #[cfg(test)]
    pub(super) fn are_sound(&self) -> bool {
        self.each.iter().all(|(form, _)| form.compile().is_some())
    }

    /// A text without what has one of the forms.
    #[cfg(test)]
    pub(super) fn mask(&self, text: &str) -> Option<String> {
        let mut cuts = Vec::new();
        assert!(self.find(text, &mut cuts));
        super::mask::apply(text, cuts)
    }
}

/// Of all forms together, compiled.
const LIMIT: usize = 32 << 20;

/// Where a word may begin: also behind `_`, and behind a line feed or a tab as strings escape it.
const BEGIN: &str = r"(?:\b|_|\\[nrt])";

impl Form {
    /// The pattern, whose word begins wherever words may.
    pub(super) fn pattern(&self) -> String {
        let Some(word) = self.pattern.strip_prefix(r"\b") else { return self.pattern.to_owned() };
        let grouped = word.split('(').skip(1).any(|group| !group.starts_with('?'));
        if grouped { format!("{BEGIN}(?:{word})") } else { format!("{BEGIN}({word})") }
    }

    fn compile(&self) -> Option<Regex> {
        RegexBuilder::new(&self.pattern()).unicode(false).size_limit(LIMIT).build().ok()
    }
}

fn occurrences<'a>(regex: &Regex, check: Check, text: &'a str, cuts: &mut Vec<Cut<'a>>) {
    for captures in regex.captures_iter(text) {
        let groups = captures.iter().skip(1).flatten();
        let Some(found) = groups.last().or_else(|| captures.get(0)) else { continue };
        work::add(found.len());
        let byte = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)).copied();
        let holds = match check {
            Check::None => true,
            Check::Content(check) => check(found.as_str()),
            Check::Place(check) => {
                check(found.as_str(), byte(found.start().checked_sub(1)), byte(Some(found.end())))
            }
        };
        if holds && !is_masked(found.as_str()) {
            cuts.push(Cut::plain(found.start(), found.end()));
        }
    }
}
