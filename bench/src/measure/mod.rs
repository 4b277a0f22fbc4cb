//! What one piece of work costs: time and allocations in a process of its own, instructions under callgrind.

mod allocations;
mod instructions;
mod rounds;

pub(crate) use instructions::{Instructions, run_counted};
pub(crate) use rounds::{Rounds, answer_rounds};

/// What one piece of work costs.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub(crate) struct Cost {
    /// Median of the rounds.
    pub(crate) nanoseconds: f64,
    pub(crate) instructions: f64,
    pub(crate) allocations: f64,
    pub(crate) bytes: f64,
}

/// The middle of them; zero without any.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2).copied().unwrap_or_default();
    let lower = values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or_default();
    f64::midpoint(lower, upper)
}
