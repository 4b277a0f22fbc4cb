//! What there is of prompts.

use std::sync::Arc;

use serde::Deserialize;

use super::{
    Api, ApiCall, Operation, PromptError,
    ask::{Ask, label},
    reply::or_default,
    segment::optional,
    wanted::{Wanted, versioned},
};
use crate::semconv::basalt;

/// Says what there is of a prompt: [`Prompts::describe`](super::Prompts::describe).
#[derive(Debug)]
pub struct DescribePrompt {
    wanted: Wanted,
}

versioned!(DescribePrompt);

impl DescribePrompt {
    pub(super) fn new(slug: impl Into<String>) -> Self {
        Self { wanted: Wanted::new(slug) }
    }
}

/// Lists prompts: [`Prompts::list`](super::Prompts::list).
#[derive(Debug, Default)]
pub struct ListPrompts {
    feature_slug: Option<String>,
}

impl ApiCall<ListPrompts> {
    /// Those of one feature. Defaults to all.
    pub fn feature_slug(self, slug: impl Into<String>) -> Self {
        self.with(|operation| operation.feature_slug = Some(slug.into()))
    }
}

/// What there is of a prompt. Text that Basalt does not say is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PromptSummary {
    /// What it is called in requests.
    #[serde(default, deserialize_with = "or_default")]
    pub slug: String,
    /// Such as `live`.
    #[serde(default, deserialize_with = "or_default")]
    pub status: String,
    /// What it is called in Basalt.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// What it is for.
    #[serde(default, deserialize_with = "or_default")]
    pub description: String,
    /// Its versions.
    #[serde(default, deserialize_with = "or_default")]
    pub available_versions: Vec<String>,
    /// The tags of its versions.
    #[serde(default, deserialize_with = "or_default")]
    pub available_tags: Vec<String>,
}

/// The same, with its variables.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PromptDescription {
    /// What a list says too.
    #[serde(flatten)]
    pub summary: PromptSummary,
    /// What can be filled in.
    #[serde(default, deserialize_with = "or_default")]
    pub variables: Vec<PromptVariable>,
}

/// Something that can be filled into a prompt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PromptVariable {
    /// What it is called in the template.
    #[serde(default, deserialize_with = "or_default")]
    pub label: String,
    /// What it is, such as `string`.
    #[serde(default, rename = "type", deserialize_with = "or_default")]
    pub kind: String,
    /// What it is for.
    #[serde(default, deserialize_with = "or_default")]
    pub description: String,
}

#[derive(Debug, Deserialize)]
struct Described {
    prompt: PromptDescription,
}

#[derive(Debug, Deserialize)]
struct Listed {
    prompts: Vec<PromptSummary>,
}

impl Operation for DescribePrompt {
    type Output = PromptDescription;
    type Error = PromptError;

    async fn run(self, api: Arc<Api>) -> Result<PromptDescription, PromptError> {
        let ask = self.wanted.checked()?.get(label!("prompts", "describe"), Some("describe"));
        let described: Described = api.ask(ask).await?;
        Ok(described.prompt)
    }
}

impl Operation for ListPrompts {
    type Output = Vec<PromptSummary>;
    type Error = PromptError;

    async fn run(self, api: Arc<Api>) -> Result<Vec<PromptSummary>, PromptError> {
        let slug = optional("feature slug", self.feature_slug.as_deref())?;
        let ask = Ask::get(["prompts"]).labelled(label!("prompts", "list"));
        let ask = ask.parameter("featureSlug", slug).detail(basalt::PROMPT_FEATURE_SLUG, slug);
        let listed: Listed = api.ask(ask).await?;
        Ok(listed.prompts)
    }
}
