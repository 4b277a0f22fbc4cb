//! A model behind an OpenAI-compatible endpoint.

use async_openai::{
    Client,
    config::OpenAIConfig,
    types::chat::{
        ChatCompletionRequestMessage, ChatCompletionRequestSystemMessage, ChatCompletionRequestUserMessage,
        CreateChatCompletionRequest, CreateChatCompletionRequestArgs,
    },
};
use basalt_core::client::Prompt;

use crate::{
    model::{ModelError, Reply},
    usage::Usage,
};

/// For prompts that name none.
const MODEL: &str = "gpt-4.1-mini";

/// A client, and the model to ask for instead of the prompt's.
#[derive(Debug)]
pub(crate) struct OpenAi {
    client: Client<OpenAIConfig>,
    model: Option<String>,
}

impl OpenAi {
    pub(crate) fn new(key: Option<String>, base: Option<String>, model: Option<String>) -> Self {
        // One TLS provider for the whole program; somebody else may have chosen it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut config = OpenAIConfig::new().with_api_key(key.unwrap_or_default());
        if let Some(base) = base {
            config = config.with_api_base(base);
        }
        Self { client: Client::with_config(config), model }
    }

    pub(crate) fn model<'a>(&'a self, prompt: &'a Prompt) -> &'a str {
        let prompts = prompt.model().model.as_str();
        self.model.as_deref().unwrap_or(if prompts.is_empty() { MODEL } else { prompts })
    }

    pub(crate) async fn answer(&self, prompt: &Prompt) -> Result<Reply, ModelError> {
        let response = self.client.chat().create(self.request(prompt)?).await.map_err(failed)?;
        let choice = response.choices.into_iter().next();
        let text = choice.and_then(|choice| choice.message.content).unwrap_or_default();
        let counted = response.usage.map(|usage| Usage {
            input: usage.prompt_tokens.into(),
            output: usage.completion_tokens.into(),
            estimated: false,
        });
        let usage =
            counted.unwrap_or_else(|| Usage::estimated(&[prompt.system_text(), prompt.text()], &text));
        Ok(Reply { text, usage })
    }

    /// With the parameters that the prompt's author has chosen.
    fn request(&self, prompt: &Prompt) -> Result<CreateChatCompletionRequest, ModelError> {
        let parameters = &prompt.model().parameters;
        let mut request = CreateChatCompletionRequestArgs::default();
        request.model(self.model(prompt)).messages(messages(prompt));
        if let Some(temperature) = parameters.temperature {
            request.temperature(temperature as f32);
        }
        if let Some(most) = parameters.max_length.and_then(|most| u32::try_from(most).ok()) {
            request.max_completion_tokens(most);
        }
        request.build().map_err(failed)
    }
}

fn messages(prompt: &Prompt) -> Vec<ChatCompletionRequestMessage> {
    let system = (!prompt.system_text().is_empty())
        .then(|| ChatCompletionRequestSystemMessage::from(prompt.system_text()).into());
    let user = ChatCompletionRequestUserMessage::from(prompt.text()).into();
    system.into_iter().chain([user]).collect()
}

fn failed(error: impl std::fmt::Display) -> ModelError {
    ModelError(error.to_string())
}
