//! What an answer has used, and what that costs.

use std::iter::Sum;

use basalt_core::{CostSource, Tokens};

/// Characters of a token, about: a rule of thumb for English, where nobody has counted.
const CHARACTERS: usize = 4;

/// Tokens sent and received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) input: u64,
    pub(crate) output: u64,
    /// Whether nobody has counted.
    pub(crate) estimated: bool,
}

/// What tokens cost, in dollars for a million.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prices {
    pub(crate) input: f64,
    pub(crate) output: f64,
}

impl Usage {
    /// Of texts whose tokens nobody has counted.
    pub(crate) fn estimated(sent: &[&str], received: &str) -> Self {
        Self { input: sent.iter().map(|text| tokens(text)).sum(), output: tokens(received), estimated: true }
    }

    pub(crate) fn tokens(self) -> Tokens {
        Tokens { input: Some(self.input), output: Some(self.output) }
    }

    /// Who says what it costs.
    pub(crate) fn source(self) -> CostSource {
        if self.estimated { CostSource::Estimated } else { CostSource::Catalog }
    }
}

/// How many tokens a text has, about.
pub(crate) fn tokens(text: &str) -> u64 {
    text.chars().count().div_ceil(CHARACTERS) as u64
}

impl Prices {
    /// Dollars.
    pub(crate) fn of(self, usage: Usage) -> f64 {
        (usage.input as f64 * self.input + usage.output as f64 * self.output) / 1e6
    }
}

impl Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            input: sum.input + one.input,
            output: sum.output + one.output,
            estimated: sum.estimated || one.estimated,
        })
    }
}
