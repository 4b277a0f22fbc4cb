//! What answers: a model behind an OpenAI-compatible endpoint, or, offline, one that quotes what the prompt holds.

use std::{env, time::Duration};

use basalt_core::client::Prompt;
use thiserror::Error;
use tokio::time::sleep;

use crate::{openai::OpenAi, quotes::quote, usage::Usage};

/// How long the local model takes for a token that it writes.
const PACE: Duration = Duration::from_millis(1);

/// Where answers come from.
#[derive(Debug)]
pub(crate) enum Model {
    /// Asks an endpoint.
    OpenAi(Box<OpenAi>),
    /// Quotes.
    Quotes,
}

/// What a model has said.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) text: String,
    pub(crate) usage: Usage,
}

/// Why there is no answer.
#[derive(Debug, Error)]
#[error("the model gave no answer: {0}")]
pub(crate) struct ModelError(pub(crate) String);

impl Model {
    /// The endpoint that `OPENAI_API_KEY` or `OPENAI_BASE_URL` names, with the model in `OPENAI_MODEL`, or else the
    /// prompt's; without either, quotes.
    pub(crate) fn from_env() -> Self {
        let given = |name| env::var(name).ok().filter(|value| !value.is_empty());
        match (given("OPENAI_API_KEY"), given("OPENAI_BASE_URL")) {
            (None, None) => Self::Quotes,
            (key, base) => Self::OpenAi(Box::new(OpenAi::new(key, base, given("OPENAI_MODEL")))),
        }
    }

    /// What the model is called that a prompt is sent to, whichever its author had in mind.
    pub(crate) fn name<'a>(&'a self, prompt: &'a Prompt) -> &'a str {
        match self {
            Self::OpenAi(openai) => openai.model(prompt),
            Self::Quotes => "quotes",
        }
    }

    /// Who runs it.
    pub(crate) fn provider(&self) -> &'static str {
        match self {
            Self::OpenAi(_) => "openai",
            Self::Quotes => "local",
        }
    }

    pub(crate) async fn answer(&self, prompt: &Prompt) -> Result<Reply, ModelError> {
        match self {
            Self::OpenAi(openai) => openai.answer(prompt).await,
            Self::Quotes => {
                let text = quote(prompt.text(), prompt.model().parameters.max_length);
                let usage = Usage::estimated(&[prompt.system_text(), prompt.text()], &text);
                sleep(PACE * u32::try_from(usage.output).unwrap_or(u32::MAX)).await;
                Ok(Reply { text, usage })
            }
        }
    }
}
