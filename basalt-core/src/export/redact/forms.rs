//! What is told by its form, wherever it stands: one pass over a text says which forms are in it, if any.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::mask::{Cuts, MASK};

/// How a kind of text looks. Its first group is what is masked; without one, all of it.
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
    pub(super) fn compile(forms: &'static [Form]) -> Result<Self, regex::Error> {
        let patterns = forms.iter().map(|form| form.pattern);
        let any = RegexSetBuilder::new(patterns).unicode(false).size_limit(LIMIT).build()?;
        Ok(Self { any, each: forms.iter().map(|form| (form, OnceLock::new())).collect() })
    }

    /// The text without what has one of the forms; none if nothing has.
    pub(super) fn mask(&self, text: &str) -> Option<String> {
        if !self.any.is_match(text) {
            return None;
        }
        let mut masked: Option<String> = None;
        for (form, compiled) in self.any.matches(text).into_iter().filter_map(|form| self.each.get(form)) {
            let compile = || RegexBuilder::new(form.pattern).unicode(false).size_limit(LIMIT).build().ok();
            let Some(regex) = compiled.get_or_init(compile) else { return Some(MASK.to_owned()) };
            masked = replaced(regex, form.check, masked.as_deref().unwrap_or(text)).or(masked);
        }
        masked
    }

    /// Whether every form can be compiled by itself.
    #[cfg(test)]
    pub(super) fn are_sound(&self) -> bool {
        self.each.iter().all(|(form, _)| RegexBuilder::new(form.pattern).unicode(false).build().is_ok())
    }
}

/// Of all forms together, compiled.
const LIMIT: usize = 16 << 20;

fn replaced(regex: &Regex, check: Check, text: &str) -> Option<String> {
    let mut cuts = Cuts::of(text);
    for captures in regex.captures_iter(text) {
        let Some(found) = captures.get(1).or_else(|| captures.get(0)) else { continue };
        let byte = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)).copied();
        let holds = match check {
            Check::None => true,
            Check::Content(check) => check(found.as_str()),
            Check::Place(check) => {
                check(found.as_str(), byte(found.start().checked_sub(1)), byte(Some(found.end())))
            }
        };
        if holds && found.as_str() != MASK && !found.is_empty() {
            cuts.replace(found.start(), found.end(), &[MASK]);
        }
    }
    cuts.finish()
}
