//! Which evaluators look at a trace, and whether they do.

mod evaluator;
mod sampling;

pub use evaluator::Evaluator;
pub(crate) use evaluator::Evaluators;
pub(crate) use sampling::Coin;
pub use sampling::EvaluationRate;
