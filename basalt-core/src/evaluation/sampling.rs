//! One coin per trace: do evaluators look at it?

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

use crate::{InvalidValue, said};

/// How many traces are evaluated, from 0.0 (none) to 1.0 (all).
///
/// Defaults to 0.0. An experiment is always evaluated, whatever the rate.
///
/// ```
/// use basalt_core::EvaluationRate;
///
/// assert!(EvaluationRate::new(0.1).is_ok());
/// assert!(EvaluationRate::new(1.5).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct EvaluationRate(f64);

impl EvaluationRate {
    /// Checks a rate.
    ///
    /// # Errors
    ///
    /// [`InvalidValue::RateOutOfRange`] if it is below 0.0, above 1.0 or not a number.
    pub fn new(rate: f64) -> Result<Self, InvalidValue> {
        if (0.0..=1.0).contains(&rate) { Ok(Self(rate)) } else { Err(InvalidValue::RateOutOfRange(rate)) }
    }

    /// The rate as a number.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// The text of `basalt.span.evaluation.config`.
    pub(crate) fn config(self) -> String {
        let mut config = serde_json::Map::new();
        config.insert("sample_rate".to_owned(), self.0.into());
        serde_json::Value::Object(config).to_string()
    }
}

/// What is no probability becomes 0.0, and is said once at ERROR.
impl From<f64> for EvaluationRate {
    fn from(rate: f64) -> Self {
        Self::new(rate).unwrap_or_else(|reason| {
            said::once!(error, %reason, "nothing is evaluated");
            Self::default()
        })
    }
}

/// Tossed once per trace. The key of its hash is random and stays in the process, so nobody outside can
/// tell or choose how it falls.
#[derive(Debug, Default)]
pub(crate) struct Coin {
    key: RandomState,
    tosses: AtomicU64,
}

impl Coin {
    pub(crate) fn toss(&self, rate: EvaluationRate) -> bool {
        if rate == EvaluationRate::default() {
            return false;
        }
        // 53 bits fill a double exactly: the result is in [0.0, 1.0).
        let bits = self.key.hash_one(self.tosses.fetch_add(1, Ordering::Relaxed)) >> 11;
        (bits as f64) / ((1_u64 << 53) as f64) < rate.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(rate: f64) -> usize {
        let (coin, rate) = (Coin::default(), EvaluationRate::new(rate).unwrap());
        (0..10_000).filter(|_| coin.toss(rate)).count()
    }

    #[test]
    fn zero_never_one_always_a_half_about_half_the_time() {
        assert_eq!(heads(0.0), 0);
        assert_eq!(heads(1.0), 10_000);
        assert!((4_000..6_000).contains(&heads(0.5)));
    }

    #[test]
    fn a_rate_that_is_no_probability_is_refused() {
        for rate in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(EvaluationRate::new(rate).is_err(), "{rate}");
        }
    }
}
