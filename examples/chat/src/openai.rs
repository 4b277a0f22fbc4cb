//! A model behind an OpenAI-compatible endpoint.

use async_openai::{
    Client,
    config::OpenAIConfig,
    types::chat::{
        ChatCompletionRequestUserMessage, ChatCompletionStreamOptions, CompletionUsage,
        CreateChatCompletionRequest, CreateChatCompletionRequestArgs,
    },
};
use basalt_core::Tokens;
use futures_util::{StreamExt, stream::BoxStream};

use crate::model::{ModelError, Piece};

const MODEL: &str = "gpt-5-mini";

/// A client and the model to ask for.
#[derive(Debug)]
pub struct OpenAi {
    client: Client<OpenAIConfig>,
    model: String,
}

impl OpenAi {
    pub(crate) fn new(key: Option<String>, base: Option<String>, model: Option<String>) -> Self {
        // One TLS provider for the whole program; somebody else may have chosen it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut config = OpenAIConfig::new().with_api_key(key.unwrap_or_default());
        if let Some(base) = base {
            config = config.with_api_base(base);
        }
        Self { client: Client::with_config(config), model: model.unwrap_or_else(|| MODEL.to_owned()) }
    }

    pub(crate) fn model(&self) -> &str {
        &self.model
    }

    pub(crate) async fn answer(&self, prompt: String) -> Result<Piece, ModelError> {
        let response = self.client.chat().create(self.request(prompt)?).await.map_err(failed)?;
        let choice = response.choices.into_iter().next();
        let text = choice.and_then(|choice| choice.message.content).unwrap_or_default();
        Ok(Piece { text, tokens: tokens(response.usage) })
    }

    pub(crate) async fn stream(
        &self,
        prompt: String,
    ) -> Result<BoxStream<'static, Result<Piece, ModelError>>, ModelError> {
        let mut request = self.request(prompt)?;
        let options = ChatCompletionStreamOptions { include_usage: Some(true), ..Default::default() };
        request.stream_options = Some(options);
        let chunks = self.client.chat().create_stream(request).await.map_err(failed)?;
        let piece = |chunk: async_openai::types::chat::CreateChatCompletionStreamResponse| {
            let text = chunk.choices.into_iter().filter_map(|choice| choice.delta.content).collect();
            Piece { text, tokens: tokens(chunk.usage) }
        };
        Ok(chunks.map(move |chunk| chunk.map(piece).map_err(failed)).boxed())
    }

    fn request(&self, prompt: String) -> Result<CreateChatCompletionRequest, ModelError> {
        CreateChatCompletionRequestArgs::default()
            .model(&self.model)
            .messages([ChatCompletionRequestUserMessage::from(prompt).into()])
            .build()
            .map_err(failed)
    }
}

fn tokens(usage: Option<CompletionUsage>) -> Tokens {
    usage.map_or_else(Tokens::default, |usage| Tokens {
        input: Some(usage.prompt_tokens.into()),
        output: Some(usage.completion_tokens.into()),
    })
}

fn failed(error: impl std::fmt::Display) -> ModelError {
    ModelError(error.to_string())
}
