//! Why a value was refused where it was made.

use thiserror::Error;

/// A value that Basalt does not take, with what to write instead.
///
/// The fallible constructors ([`FeatureSlug::new`](crate::FeatureSlug::new) and its like) return it.
/// The short forms that take text never do: they drop what they cannot use, and say so once.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum InvalidValue {
    /// A feature slug without a visible character.
    #[error("the feature slug is blank: name the feature this trace belongs to, such as `support-chat`")]
    BlankFeatureSlug,
    /// A span name without a visible character.
    #[error("the span name is blank: say what the step does, such as `search documents`")]
    BlankSpanName,
    /// An evaluator without a visible character.
    #[error("the evaluator is blank: give the slug of an evaluator, such as `toxicity`")]
    BlankEvaluator,
    /// An experiment id without a visible character.
    #[error("the experiment id is blank: give the id that creating the experiment returned")]
    BlankExperimentId,
    /// A rate that is no probability.
    #[error("the evaluation rate {0} is no probability: give a number from 0.0 (never) to 1.0 (always)")]
    RateOutOfRange(f64),
    /// A text that names no kind.
    #[error("`{0}` is no kind of span: use one of span, generation, retrieval, function, tool, event")]
    UnknownKind(String),
    /// The kind of roots, where only a step can stand.
    #[error(
        "`basalt_trace` is the kind of roots: open one with `start_observe`, or give a step another kind"
    )]
    RootKind,
}
