//! A prompt that was fetched.

use std::{
    fmt::{self, Write},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    PromptModel, PromptTools, TemplateError,
    cache::Origin,
    reply::or_default,
    template::{object, render},
};
use crate::{
    Message, PromptRef, observe,
    semconv::gen_ai,
    span::{Generation, SpanBuilder},
};

/// A prompt as the API tells it, before anything is filled in.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fetched {
    #[serde(default, deserialize_with = "or_default")]
    slug: String,
    #[serde(default, deserialize_with = "or_default")]
    version: String,
    tag: Option<String>,
    text: String,
    #[serde(default, deserialize_with = "or_default")]
    system_text: String,
    #[serde(default, deserialize_with = "or_default")]
    model: PromptModel,
}

/// A prompt from Basalt, with its variables filled in.
///
/// It opens generations that carry it, or scopes a block in which all do:
///
/// ```no_run
/// use basalt_core::{observe, with_prompt};
///
/// # async fn llm(_: &str) -> String { String::new() }
/// # async fn handler(prompt: basalt_core::client::Prompt) {
/// let answer = prompt.generation("answer").run(|_| llm(prompt.text())).await;
///
/// with_prompt(&prompt, async {
///     observe::generation("draft").run(|_| llm(prompt.text())).await;
///     observe::generation("polish").run(|_| llm(prompt.text())).await;
/// })
/// .await;
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Prompt {
    fetched: Arc<Fetched>,
    origin: Origin,
    text: Arc<str>,
    system_text: Arc<str>,
    variables: Arc<Map<String, Value>>,
    reference: PromptRef,
}

impl Prompt {
    /// `slug` and `tag` are what was asked for. Without variables the text stays as it is.
    pub(super) fn new(
        slug: &str,
        tag: Option<&str>,
        fetched: Arc<Fetched>,
        origin: Origin,
        variables: Map<String, Value>,
    ) -> Result<Self, TemplateError> {
        let filled = |text: &str| match variables.is_empty() {
            true => Ok(text.into()),
            false => render(text, &variables).map(Arc::from),
        };
        let (text, system_text) = (filled(&fetched.text)?, filled(&fetched.system_text)?);
        let reference = fetched.reference(slug, tag, origin, &variables);
        Ok(Self { fetched, origin, text, system_text, variables: Arc::new(variables), reference })
    }

    /// The same prompt with other variables.
    ///
    /// # Errors
    ///
    /// [`TemplateError`] if they are no object, or the prompt is no template that can be filled in.
    pub fn render(&self, variables: impl Serialize) -> Result<Self, TemplateError> {
        let variables = object(&variables)?;
        let (slug, tag) = (self.slug(), self.reference.tag_asked_for());
        Self::new(slug, tag, Arc::clone(&self.fetched), self.origin, variables)
    }

    /// What it is called in Basalt.
    #[must_use]
    pub fn slug(&self) -> &str {
        self.reference.slug()
    }

    /// The version that has come, whatever was asked for.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.fetched.version
    }

    /// The tag that this version has.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.fetched.tag.as_deref()
    }

    /// The text, filled in.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of the system message, filled in; empty if there is none.
    #[must_use]
    pub fn system_text(&self) -> &str {
        &self.system_text
    }

    /// The text as its author has written it.
    #[must_use]
    pub fn raw_text(&self) -> &str {
        &self.fetched.text
    }

    /// The text of the system message as its author has written it.
    #[must_use]
    pub fn raw_system_text(&self) -> &str {
        &self.fetched.system_text
    }

    /// The model it is meant for.
    #[must_use]
    pub fn model(&self) -> &PromptModel {
        &self.fetched.model
    }

    /// The tools it may use.
    #[must_use]
    pub fn tools(&self) -> Option<&PromptTools> {
        self.fetched.model.parameters.tools.as_ref()
    }

    /// What was filled in.
    #[must_use]
    pub fn variables(&self) -> &Map<String, Value> {
        &self.variables
    }

    /// Whether it was answered from memory.
    #[must_use]
    pub fn from_cache(&self) -> bool {
        self.origin != Origin::Asked
    }

    /// Whether it is older than it should be, because the API could not be reached.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.origin == Origin::Stale
    }

    /// A call of the prompt's model, below whatever is active: prepared with the prompt, its text as input, its messages
    /// (`gen_ai.input.messages`), and the model's parameters. The input and the messages are content.
    pub fn generation(&self, name: impl Into<crate::SpanName>) -> SpanBuilder<Generation> {
        let PromptModel { model, parameters, .. } = &self.fetched.model;
        let system = (!self.system_text.is_empty()).then(|| Message::system(&*self.system_text));
        let messages: Vec<_> = system.into_iter().chain([Message::user(&*self.text)]).collect();
        let mut generation = observe::generation(name).prompt(self).input(&*self.text);
        generation = generation.content(gen_ai::INPUT_MESSAGES, &messages);
        if !model.is_empty() {
            generation = generation.model(model);
        }
        let figures = [
            (gen_ai::REQUEST_TEMPERATURE, parameters.temperature),
            (gen_ai::REQUEST_TOP_P, parameters.top_p),
            (gen_ai::REQUEST_TOP_K, parameters.top_k),
        ];
        for (key, value) in figures {
            generation = generation.attribute(key, value);
        }
        generation.attribute(gen_ai::REQUEST_MAX_TOKENS, parameters.max_length)
    }
}

impl Fetched {
    /// Bytes of memory, roughly: those of its `Debug` text.
    pub(super) fn weight(&self) -> usize {
        struct Bytes(usize);

        impl Write for Bytes {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                self.0 += text.len();
                Ok(())
            }
        }

        let mut bytes = Bytes(0);
        let _ = write!(bytes, "{self:?}");
        bytes.0
    }

    /// What spans say of it. The tag is the one that was asked for; one that only the answer names is not written.
    fn reference(
        &self,
        slug: &str,
        tag: Option<&str>,
        origin: Origin,
        variables: &Map<String, Value>,
    ) -> PromptRef {
        let slug = if self.slug.is_empty() { slug } else { &self.slug };
        let mut reference = PromptRef::new(slug).variables(variables).from_cache(origin != Origin::Asked);
        if !self.version.is_empty() {
            reference = reference.version(&self.version);
        }
        if let Some(tag) = tag {
            reference = reference.tag(tag);
        }
        if !self.model.model.is_empty() {
            reference = reference.model(&self.model.provider, &self.model.model);
        }
        reference
    }
}

/// What spans say of it: for [`with_prompt`](crate::with_prompt), [`SpanBuilder::prompt`] and
/// [`Prepared::prompt`](crate::Prepared::prompt).
impl AsRef<PromptRef> for Prompt {
    fn as_ref(&self) -> &PromptRef {
        &self.reference
    }
}
