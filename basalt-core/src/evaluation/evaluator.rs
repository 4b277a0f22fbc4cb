//! Evaluators, by slug.

use std::sync::Arc;

use opentelemetry::{Array, StringValue, Value};

use crate::{InvalidValue, foreign, said, text::visible};

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

/// A set of evaluators in the order in which they were first seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Evaluators(Vec<Evaluator>);

impl Evaluators {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Trims what is given; drops what is blank, saying so once.
    pub(crate) fn of<S: AsRef<str>>(slugs: impl IntoIterator<Item = S>) -> Self {
        let mut evaluators = Self::default();
        foreign::each(slugs, |slug| match Evaluator::new(slug) {
            Ok(evaluator) => evaluators.add(evaluator),
            Err(reason) => said::once!(error, %reason, "dropped"),
        });
        evaluators
    }

    pub(crate) fn add(&mut self, evaluator: Evaluator) {
        if !self.0.contains(&evaluator) {
            self.0.push(evaluator);
        }
    }

    pub(crate) fn unite(&mut self, others: &Evaluators) {
        for evaluator in &others.0 {
            self.add(evaluator.clone());
        }
    }

    /// The value of the attribute; none when there are no evaluators.
    pub(crate) fn value(&self) -> Option<Value> {
        let slugs: Vec<StringValue> = self.0.iter().map(|e| Arc::clone(&e.0).into()).collect();
        (!slugs.is_empty()).then_some(Value::Array(Array::String(slugs)))
    }
}
