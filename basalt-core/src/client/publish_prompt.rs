//! Giving a version of a prompt a tag.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Api, Operation, PromptError,
    ask::{Ask, label},
    reply::or_default,
    segment::checked,
    wanted::{Wanted, versioned},
};
use crate::semconv::basalt;

/// Gives a version of a prompt a tag: [`Prompts::publish`](super::Prompts::publish).
#[derive(Debug)]
pub struct PublishPrompt {
    wanted: Wanted,
    new_tag: String,
}

versioned!(PublishPrompt);

impl PublishPrompt {
    pub(super) fn new(slug: impl Into<String>, new_tag: impl Into<String>) -> Self {
        Self { wanted: Wanted::new(slug), new_tag: new_tag.into() }
    }
}

/// A tag that a version now has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PublishedTag {
    /// Its id in Basalt.
    #[serde(default, deserialize_with = "or_default")]
    pub id: String,
    /// The tag.
    #[serde(default, deserialize_with = "or_default")]
    pub label: String,
}

/// The tag by itself, or in an answer around it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Published {
    Around {
        #[serde(rename = "deploymentTag")]
        tag: PublishedTag,
    },
    Bare(PublishedTag),
}

impl Operation for PublishPrompt {
    type Output = PublishedTag;
    type Error = PromptError;

    async fn run(self, api: Arc<Api>) -> Result<PublishedTag, PromptError> {
        let (wanted, new_tag) = (self.wanted.checked()?, checked("new tag", &self.new_tag)?);
        let said = [
            ("newTag", Some(new_tag)),
            ("version", wanted.version.as_deref()),
            ("tag", wanted.tag.as_deref()),
        ];
        let body: Map<String, Value> =
            said.into_iter().filter_map(|(key, text)| Some((key.to_owned(), text?.into()))).collect();
        let ask = Ask::post(["prompts", &wanted.slug, "publish"], body.into());
        let ask = wanted.told(ask.labelled(label!("prompts", "publish_prompt")));
        let ask = ask.detail(basalt::PROMPT_NEW_TAG, Some(new_tag));
        let published = api.ask(ask).await?;
        Ok(match published {
            Published::Around { tag } | Published::Bare(tag) => tag,
        })
    }
}
