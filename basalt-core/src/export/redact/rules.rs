//! What a redaction does with one text.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{
    encoded::{self, Decoded},
    judged::Judged,
    key::Keys,
    mask::{Cut, MASK, apply},
    pairs,
    patterns::Pattern,
    pii::PII,
    reader::Reader,
    secrets::SECRETS,
    tail,
};
use crate::{foreign, said};

/// A closure of the program: the key and the text in, the replacement out.
pub(super) type Closure = Box<dyn Fn(&str, &str) -> Option<String> + Send + Sync>;

/// What is masked may show what it hid: a text is looked at again until nothing more is found, at most so often.
const ROUNDS: usize = 4;

/// All rules of a redaction.
#[derive(Default)]
pub(super) struct Rules {
    pub(super) keys: Keys,
    pub(super) judged: Judged,
    pub(super) pii: bool,
    pub(super) patterns: Vec<Pattern>,
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

    /// The text as it may leave; none if it may as it is. Fails closed: what panics masks the whole text. Of a text
    /// that was `cut`, the end may be the beginning of a secret.
    pub(super) fn text(&self, key: &str, text: &str, cut: bool) -> Option<String> {
        if self.closures.is_empty() && !cut {
            return self.judged.text(text, |text| self.watched(key, text, cut));
        }
        self.watched(key, text, cut)
    }

    fn watched(&self, key: &str, text: &str, cut: bool) -> Option<String> {
        foreign::caught(|| self.steps(key, text, cut)).unwrap_or_else(|| {
            self.failures.fetch_add(1, Ordering::Relaxed);
            said::once!(
                error,
                "a redaction has panicked: what it was shown is masked as a whole, and counted"
            );
            Some(MASK.to_owned())
        })
    }

    /// Closures see what the program wrote; what they return is looked at like anything else.
    fn steps(&self, key: &str, text: &str, cut: bool) -> Option<String> {
        let mut new: Option<String> = None;
        for closure in &self.closures {
            new = closure(key, new.as_deref().unwrap_or(text)).or(new);
        }
        for _ in 0..ROUNDS {
            let Some(newer) = self.known(new.as_deref().unwrap_or(text), cut) else { break };
            new = Some(newer);
        }
        for pattern in &self.patterns {
            new = pattern.mask(new.as_deref().unwrap_or(text)).or(new);
        }
        new
    }

    /// Masks what has a known form, or stands under a known name, in the text and in what it encodes.
    fn known(&self, text: &str, cut: bool) -> Option<String> {
        let mut cuts = Vec::new();
        let mut sound = self.find(Reader { text, cut }, &mut cuts);
        let mut layers: Vec<Decoded> = Vec::new();
        while layers.len() < encoded::DEEPEST
            && let Some(decoded) = Decoded::of(layers.last().map_or(text, |layer| &layer.text))
        {
            let mut inside = Vec::new();
            sound = sound && self.find(Reader { text: &decoded.text, cut }, &mut inside);
            cuts.extend(inside.iter().map(|cut| {
                let cut = decoded.outside(cut);
                layers.iter().rev().fold(cut, |cut, layer| layer.outside(&cut))
            }));
            layers.push(decoded);
        }
        if sound { apply(text, cuts) } else { Some(MASK.to_owned()) }
    }

    /// False if a form is wrong.
    fn find<'a>(&self, reader: Reader<'a>, cuts: &mut Vec<Cut<'a>>) -> bool {
        let mut sound = true;
        if self.keys.known {
            sound = SECRETS.as_ref().is_some_and(|forms| forms.find(reader.text, cuts));
        }
        if self.keys.known && reader.cut {
            tail::find(reader.text, cuts);
        }
        if !self.keys.is_empty() {
            pairs::find(reader, &self.keys, cuts);
        }
        if self.pii {
            sound = sound && PII.as_ref().is_some_and(|forms| forms.find(reader.text, cuts));
        }
        sound
    }
}
