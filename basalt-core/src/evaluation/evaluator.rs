//! Evaluators, by slug.

use std::sync::Arc;

use opentelemetry::{Array, StringValue, Value};

use crate::{InvalidValue, foreign, payload::LIMIT, positions::Positions, said, text::visible};

/// An evaluator, by the slug it has in Basalt: trimmed, never blank.
///
/// ```
/// use basalt_core::Evaluator;
///
/// assert_eq!(Evaluator::new(" toxicity ")?.slug(), "toxicity");
/// # Ok::<(), basalt_core::InvalidValue>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Evaluator(Arc<str>);

impl Evaluator {
    /// Checks and trims a slug.
    ///
    /// # Errors
    ///
    /// [`InvalidValue::BlankEvaluator`] if nothing is left after trimming.
    pub fn new(slug: impl AsRef<str>) -> Result<Self, InvalidValue> {
        foreign::read(slug, visible).map(Self).ok_or(InvalidValue::BlankEvaluator)
    }

    /// The slug.
    #[must_use]
    pub fn slug(&self) -> &str {
        &self.0
    }
}

/// Bytes that evaluators take, all together. What does not fit is dropped.
const ROOM: usize = LIMIT;

/// A set of evaluators in the order in which they were first seen.
#[derive(Debug, Default)]
pub(crate) struct Evaluators {
    slugs: Vec<Arc<str>>,
    positions: Positions,
    bytes: usize,
    /// Whether some were dropped for want of room.
    cut: bool,
}

impl Evaluators {
    pub(crate) fn is_empty(&self) -> bool {
        self.slugs.is_empty() && !self.cut
    }

    /// Trims what is given; drops what is blank, saying so once.
    pub(crate) fn of<S: AsRef<str>>(slugs: impl IntoIterator<Item = S>) -> Self {
        let mut evaluators = Self::default();
        let cut = foreign::each(slugs, |slug| match Evaluator::new(slug) {
            Ok(Evaluator(slug)) => evaluators.add(&slug),
            Err(reason) => said::once!(error, %reason, "dropped"),
        });
        evaluators.cut |= cut;
        evaluators
    }

    fn add(&mut self, slug: &Arc<str>) {
        if self.positions.find(&self.slugs, &**slug, |known| &**known).is_some() {
            return;
        }
        let bytes = self.bytes + slug.len() + size_of_val(slug);
        if bytes > ROOM {
            self.cut = true;
            return;
        }
        self.bytes = bytes;
        self.positions.pushed(self.slugs.len(), &**slug);
        self.slugs.push(Arc::clone(slug));
    }

    pub(crate) fn unite(&mut self, others: &Evaluators) {
        self.cut |= others.cut;
        others.slugs.iter().for_each(|slug| self.add(slug));
    }

    /// The value of the attribute within a limit, and whether some are missing; none when there are no evaluators.
    pub(crate) fn value(&self, limit: usize) -> (Option<Value>, bool) {
        if self.slugs.is_empty() {
            return (None, self.cut);
        }
        let mut left = limit;
        let fits = |slug: &&Arc<str>| {
            let more = left.checked_sub(slug.len());
            left = more.unwrap_or_default();
            more.is_some()
        };
        let slugs: Vec<StringValue> =
            self.slugs.iter().take_while(fits).map(|slug| Arc::clone(slug).into()).collect();
        let cut = self.cut || slugs.len() < self.slugs.len();
        ((!slugs.is_empty()).then_some(Value::Array(Array::String(slugs))), cut)
    }

    /// Bytes of memory, roughly, beside its own.
    pub(crate) fn weight(&self) -> usize {
        self.bytes
    }
}

impl Clone for Evaluators {
    fn clone(&self) -> Self {
        Self { slugs: self.slugs.clone(), positions: Positions::default(), bytes: self.bytes, cut: self.cut }
    }
}

impl PartialEq for Evaluators {
    fn eq(&self, other: &Self) -> bool {
        self.slugs == other.slugs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_evaluators_are_kept_as_there_is_room_for_each_once() {
        let many = || {
            let mut evaluators = Evaluators::default();
            (0..100_000).for_each(|number| evaluators.add(&Arc::from(format!("evaluator-{number}"))));
            evaluators
        };
        let mut evaluators = many();
        assert!(evaluators.cut && evaluators.slugs.len() > 2_000 && evaluators.weight() <= ROOM);
        let before = evaluators.clone();
        evaluators.unite(&many());
        assert_eq!(evaluators, before);
        let (value, cut) = evaluators.value(100);
        assert!(cut && matches!(value, Some(Value::Array(Array::String(slugs))) if slugs.len() == 9));
    }

    #[test]
    fn repeated_slugs_collapse_and_blank_ones_are_dropped() {
        let evaluators = Evaluators::of([" a ", "b", "a", " ", "b"]);
        assert_eq!(evaluators, Evaluators::of(["a", "b"]));
        assert!(!evaluators.value(64).1);
    }
}
