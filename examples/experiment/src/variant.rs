//! What is compared.

use std::{fmt, str::FromStr};

use basalt_core::{
    Basalt,
    client::{Prompt, PromptError},
};
use thiserror::Error;

/// What goes before a tag.
const TAG: &str = "tag:";

/// One version of the prompt, as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Variant {
    Version(String),
    Tag(String),
}

/// A variant that was fetched, once: what has its tag tomorrow changes nothing in the middle of a comparison.
#[derive(Debug)]
pub(crate) struct Candidate {
    /// How it is called in what is printed.
    pub(crate) label: String,
    pub(crate) prompt: Prompt,
}

/// Why a variant cannot be compared.
#[derive(Debug, Error)]
pub(crate) enum VariantError {
    #[error("the variant {variant} of the prompt `{slug}`: {source}")]
    Fetch { variant: Variant, slug: String, source: PromptError },
    #[error(
        "the variant {variant} of the prompt `{slug}` has no place for the question; write `{{{{ question }}}}` into it"
    )]
    NoQuestion { variant: Variant, slug: String },
}

/// A text that names no variant.
#[derive(Debug, Clone, Error)]
#[error("give versions of the prompt, such as 1.0,2.0, or tags, such as tag:production")]
pub(crate) struct NoVariant;

impl Variant {
    pub(crate) async fn fetch(&self, api: &Basalt, slug: &str) -> Result<Candidate, VariantError> {
        let call = api.prompts().get(slug);
        let call = match self {
            Self::Version(version) => call.version(version),
            Self::Tag(tag) => call.tag(tag),
        };
        let (variant, named) = (self.clone(), slug.to_owned());
        match call.await {
            Err(source) => Err(VariantError::Fetch { variant, slug: named, source }),
            Ok(prompt) if !asks(&prompt) => Err(VariantError::NoQuestion { variant, slug: named }),
            Ok(prompt) => Ok(Candidate { label: self.label(&prompt), prompt }),
        }
    }

    /// With the version that has come, where that is news.
    fn label(&self, prompt: &Prompt) -> String {
        match self {
            Self::Version(version) => version.clone(),
            Self::Tag(tag) => format!("{tag} ({})", prompt.version()),
        }
    }
}

/// Without the question in it, all answers would be alike.
fn asks(prompt: &Prompt) -> bool {
    [prompt.raw_text(), prompt.raw_system_text()].iter().any(|text| text.contains("question"))
}

impl FromStr for Variant {
    type Err = NoVariant;

    fn from_str(text: &str) -> Result<Self, NoVariant> {
        match text.trim().strip_prefix(TAG).map(str::trim) {
            Some("") => Err(NoVariant),
            Some(tag) => Ok(Self::Tag(tag.to_owned())),
            None if text.trim().is_empty() => Err(NoVariant),
            None => Ok(Self::Version(text.trim().to_owned())),
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => f.write_str(version),
            Self::Tag(tag) => write!(f, "{TAG}{tag}"),
        }
    }
}
