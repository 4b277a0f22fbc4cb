//! What the comparison is started with.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::variant::Variant;

/// Answers every question once with each variant of a prompt, all under one experiment, and compares.
#[derive(Debug, Parser)]
pub(crate) struct Arguments {
    /// The questions: columns `id`, `question` and `expected`, which is what a right answer contains.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/questions.csv"))]
    pub(crate) questions: PathBuf,
    /// What there is to answer from.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/handbook.md"))]
    pub(crate) handbook: PathBuf,
    /// The prompt. Its variables are `question` and `handbook`.
    #[arg(long, default_value = "faq-answer")]
    pub(crate) prompt: String,
    /// What is compared: versions of the prompt, or `tag:` and a tag.
    #[arg(long, default_value = "1.0,2.0", value_delimiter = ',')]
    pub(crate) variants: Vec<Variant>,
    /// The name of the experiment.
    #[arg(long, default_value = "terse or step by step")]
    pub(crate) experiment: String,
    /// Where the local API has its prompts; unused with an account.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/prompts"))]
    pub(crate) prompts: PathBuf,
    /// What a million tokens sent cost, in dollars.
    #[arg(long, default_value_t = 0.40)]
    pub(crate) input_price: f64,
    /// What a million tokens received cost, in dollars.
    #[arg(long, default_value_t = 1.60)]
    pub(crate) output_price: f64,
    /// Whose traces are shown at the end.
    #[arg(long, value_enum, default_value_t = Shown::One)]
    pub(crate) traces: Shown,
}

/// Whose traces are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shown {
    /// Those of one question: the first on which the variants differ.
    One,
    /// Those of all questions.
    All,
    /// Nobody's.
    None,
}
