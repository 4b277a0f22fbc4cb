//! Prompts: fetched, described, listed, published.

use std::sync::Arc;

use super::{Api, ApiCall, DescribePrompt, GetPrompt, ListPrompts, PublishPrompt};

/// Prompts in Basalt: [`Basalt::prompts`](crate::Basalt::prompts).
///
/// ```no_run
/// # async fn handler(basalt: basalt_core::Basalt) -> Result<(), basalt_core::client::PromptError> {
/// let prompt = basalt.prompts().get("qa").version("2").variable("topic", "rust").await?;
/// println!("{} asks {}: {}", prompt.slug(), prompt.model().model, prompt.text());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Prompts {
    api: Arc<Api>,
}

impl Prompts {
    pub(crate) fn new(api: &Arc<Api>) -> Self {
        Self { api: Arc::clone(api) }
    }

    /// Fetches a prompt and fills its variables in.
    ///
    /// It is answered from memory for five minutes, or [`prompt_ttl`](crate::Builder::prompt_ttl), and of callers that
    /// want the same prompt at once only one asks. While the API cannot be reached, or answers with 5xx, what is
    /// in memory is given however old it is: this is said once as a warning, and told by
    /// [`Prompt::is_stale`](super::Prompt::is_stale). Where the API says no (4xx), it is not.
    ///
    /// # Errors
    ///
    /// [`PromptError`](super::PromptError) for a name that cannot be one, for a prompt that cannot be filled in, or if
    /// the request failed and nothing is in memory.
    pub fn get(&self, slug: impl Into<String>) -> ApiCall<GetPrompt> {
        ApiCall::new(&self.api, GetPrompt::new(slug))
    }

    /// Says what there is of a prompt: its versions, its tags, its variables.
    ///
    /// # Errors
    ///
    /// [`PromptError`](super::PromptError) for a name that cannot be one, or if the request failed.
    pub fn describe(&self, slug: impl Into<String>) -> ApiCall<DescribePrompt> {
        ApiCall::new(&self.api, DescribePrompt::new(slug))
    }

    /// Lists the prompts of the workspace.
    ///
    /// # Errors
    ///
    /// [`PromptError`](super::PromptError) if the request failed.
    pub fn list(&self) -> ApiCall<ListPrompts> {
        ApiCall::new(&self.api, ListPrompts::default())
    }

    /// Gives a version of a prompt a tag. It is sent once.
    ///
    /// # Errors
    ///
    /// [`PromptError`](super::PromptError) for a name that cannot be one, or if the request failed.
    pub fn publish(&self, slug: impl Into<String>, new_tag: impl Into<String>) -> ApiCall<PublishPrompt> {
        ApiCall::new(&self.api, PublishPrompt::new(slug, new_tag))
    }
}
