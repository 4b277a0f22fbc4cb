//! Which prompt a generation used.

use std::sync::Arc;

use serde::Serialize;

use crate::{
    capture::Content,
    cut, foreign,
    payload::{Payload, Tree},
    semconv::basalt::{
        PROMPT_FROM_CACHE, PROMPT_MODEL, PROMPT_PROVIDER, PROMPT_SLUG, PROMPT_TAG, PROMPT_VARIABLES,
        PROMPT_VERSION,
    },
    text::bounded,
    weight::{of_json, of_texts},
};

/// A managed prompt, as the spans that used it name it (`basalt.prompt.*`): one prompt wholly, never a blend
/// of two.
///
/// It goes on one span, or, with [`with_prompt`](crate::context::with_prompt), on every span of a block.
///
/// ```
/// use basalt_core::PromptRef;
///
/// let prompt = PromptRef::new("triage")
///     .version("1.4")
///     .model("acme-ai", "mini-2")
///     .variables([("queue", "billing")].into_iter().collect::<std::collections::HashMap<_, _>>());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PromptRef {
    slug: Arc<str>,
    version: Option<Arc<str>>,
    tag: Option<Arc<str>>,
    provider: Option<Arc<str>>,
    model: Option<Arc<str>>,
    variables: Tree,
    from_cache: Option<bool>,
}

impl PromptRef {
    /// Bytes of memory, roughly.
    pub(crate) fn weight(&self) -> usize {
        let texts = [&self.version, &self.tag, &self.provider, &self.model];
        self.slug.len() + of_texts(texts) + of_json(&self.variables.value)
    }

    /// A prompt known by its slug.
    #[must_use]
    pub fn new(slug: impl AsRef<str>) -> Self {
        Self {
            slug: foreign::read(slug, |slug| bounded(slug.trim()).into()),
            version: None,
            tag: None,
            provider: None,
            model: None,
            variables: Tree::default(),
            from_cache: None,
        }
    }

    /// The version that was used, not the one that was asked for. Defaults to none.
    #[must_use]
    pub fn version(mut self, version: impl AsRef<str>) -> Self {
        self.version = Some(text(version));
        self
    }

    /// The tag it was fetched by. Defaults to none.
    #[must_use]
    pub fn tag(mut self, tag: impl AsRef<str>) -> Self {
        self.tag = Some(text(tag));
        self
    }

    /// The provider and the model it is configured for. Defaults to none.
    #[must_use]
    pub fn model(mut self, provider: impl AsRef<str>, model: impl AsRef<str>) -> Self {
        self.provider = Some(text(provider));
        self.model = Some(text(model));
        self
    }

    /// What was filled in: anything that serializes to an object. Content. Defaults to nothing.
    #[must_use]
    pub fn variables(mut self, variables: impl Serialize) -> Self {
        self.variables = Tree::of(&variables);
        self
    }

    /// Whether it came from the cache. Defaults to not known.
    #[must_use]
    pub fn from_cache(mut self, from_cache: bool) -> Self {
        self.from_cache = Some(from_cache);
        self
    }

    /// What it is called in Basalt.
    #[must_use]
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// The tag it was fetched by.
    #[cfg(feature = "client")]
    pub(crate) fn tag_asked_for(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// Every attribute this prompt writes.
    pub(crate) fn attributes(&self, content: Content) -> impl Iterator<Item = (&'static str, Payload)> + '_ {
        let texts = [
            (PROMPT_SLUG, Some(&self.slug)),
            (PROMPT_VERSION, self.version.as_ref()),
            (PROMPT_TAG, self.tag.as_ref()),
            (PROMPT_PROVIDER, self.provider.as_ref()),
            (PROMPT_MODEL, self.model.as_ref()),
        ];
        let texts = texts.into_iter().filter_map(move |(key, text)| {
            let (text, cut) = cut::name(Arc::clone(text?), content.limit);
            Some((key, Payload { cut, ..Payload::whole(text) }))
        });
        let empty = self.variables.value.as_object().is_none_or(serde_json::Map::is_empty);
        let variables = if empty { None } else { content.kept(&self.variables) };
        let cached = self.from_cache.map(Payload::whole);
        let rest = [(PROMPT_VARIABLES, variables), (PROMPT_FROM_CACHE, cached)];
        texts.chain(rest.into_iter().filter_map(|(key, payload)| Some((key, payload?))))
    }
}

/// As much of a text as is kept.
fn text(text: impl AsRef<str>) -> Arc<str> {
    foreign::read(text, |text| bounded(text).into())
}

impl AsRef<PromptRef> for PromptRef {
    fn as_ref(&self) -> &PromptRef {
        self
    }
}
