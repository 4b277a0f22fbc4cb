//! Which version of which prompt is meant.

use super::{
    InvalidName,
    ask::{Ask, Label},
    segment::{checked, optional},
};
use crate::semconv::basalt;

/// A prompt by its slug, and one of its versions by number or tag; also what the cache tells prompts apart by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Wanted {
    pub(super) slug: String,
    pub(super) version: Option<String>,
    pub(super) tag: Option<String>,
}

impl Wanted {
    pub(super) fn new(slug: impl Into<String>) -> Self {
        Self { slug: slug.into(), version: None, tag: None }
    }

    /// Without surrounding blanks, and with names that can be ones.
    pub(super) fn checked(&self) -> Result<Self, InvalidName> {
        Ok(Self {
            slug: checked("slug", &self.slug)?.to_owned(),
            version: optional("version", self.version.as_deref())?.map(str::to_owned),
            tag: optional("tag", self.tag.as_deref())?.map(str::to_owned),
        })
    }

    /// Reads the prompt, or what is `below` it.
    pub(super) fn get(&self, label: Label, below: Option<&str>) -> Ask {
        let ask = Ask::get(["prompts", &self.slug].into_iter().chain(below)).labelled(label);
        let ask = ask.parameter("version", self.version.as_deref()).parameter("tag", self.tag.as_deref());
        self.told(ask)
    }

    /// The request's span names the prompt.
    pub(super) fn told(&self, ask: Ask) -> Ask {
        ask.detail(basalt::PROMPT_SLUG, Some(&self.slug))
            .detail(basalt::PROMPT_VERSION, self.version.as_deref())
            .detail(basalt::PROMPT_TAG, self.tag.as_deref())
    }
}

/// Setters of the operations that mean one version.
macro_rules! versioned {
    ($($operation:ty),+) => {$(
        impl crate::client::ApiCall<$operation> {
            /// This version. Defaults to the latest, or the one with the tag.
            pub fn version(self, version: impl Into<String>) -> Self {
                self.with(|operation| operation.wanted.version = Some(version.into()))
            }

            /// The version with this tag. Defaults to none.
            pub fn tag(self, tag: impl Into<String>) -> Self {
                self.with(|operation| operation.wanted.tag = Some(tag.into()))
            }
        }
    )+};
}
pub(super) use versioned;
