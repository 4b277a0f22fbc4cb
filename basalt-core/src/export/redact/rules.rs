//! What a redaction does with one text.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU64, Ordering},
};

use regex::Regex;

use super::{
    forms::Forms,
    judged::Judged,
    key::Keys,
    mask::{Cuts, MASK},
    pairs,
    pii::PII,
    secrets::SECRETS,
};
use crate::said;

/// A closure of the program: the key and the text in, the replacement out.
pub(super) type Closure = Box<dyn Fn(&str, &str) -> Option<String> + Send + Sync>;

/// All rules of a redaction.
#[derive(Default)]
pub(super) struct Rules {
    pub(super) keys: Keys,
    pub(super) judged: Judged,
    pub(super) pii: bool,
    pub(super) patterns: Vec<Regex>,
    pub(super) closures: Vec<Closure>,
    pub(super) failures: AtomicU64,
}

impl Rules {
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty() && !self.pii && self.patterns.is_empty() && self.closures.is_empty()
    }

    pub(super) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// The text as it may leave; none if it may as it is. Fails closed: what panics masks the whole text.
    pub(super) fn text(&self, key: &str, text: &str) -> Option<String> {
        if self.closures.is_empty() {
            return self.judged.text(text, |text| self.watched(key, text));
        }
        self.watched(key, text)
    }

    fn watched(&self, key: &str, text: &str) -> Option<String> {
        catch_unwind(AssertUnwindSafe(|| self.steps(key, text))).unwrap_or_else(|_| {
            self.failures.fetch_add(1, Ordering::Relaxed);
            said::once!(
                error,
                "a redaction has panicked: what it was shown is masked as a whole, and counted"
            );
            Some(MASK.to_owned())
        })
    }

    /// Closures see what the program wrote; what they return is looked at like anything else. Forms come before
    /// names, because a name's value may be the mere start of what has a form, such as a private key.
    fn steps(&self, key: &str, text: &str) -> Option<String> {
        let mut new: Option<String> = None;
        let mut step = |step: &dyn Fn(&str) -> Option<String>| {
            if let Some(newer) = step(new.as_deref().unwrap_or(text)) {
                new = Some(newer);
            }
        };
        for closure in &self.closures {
            step(&|text| closure(key, text));
        }
        if self.keys.known {
            step(&|text| by_form(SECRETS.as_ref(), text));
        }
        if !self.keys.is_empty() {
            step(&|text| pairs::mask(text, &self.keys));
        }
        if self.pii {
            step(&|text| by_form(PII.as_ref(), text));
        }
        for pattern in &self.patterns {
            step(&|text| by_pattern(pattern, text));
        }
        new
    }
}

fn by_form(forms: Option<&Forms>, text: &str) -> Option<String> {
    match forms {
        Some(forms) => forms.mask(text),
        None => Some(MASK.to_owned()),
    }
}

fn by_pattern(pattern: &Regex, text: &str) -> Option<String> {
    let mut cuts = Cuts::of(text);
    for found in pattern.find_iter(text).filter(|found| !found.is_empty()) {
        cuts.replace(found.start(), found.end(), &[MASK]);
    }
    cuts.finish()
}
