//! Fetching a prompt.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Api, ApiCall, Operation, Prompt, PromptError, TemplateError,
    ask::label,
    cache::Origin,
    prompt::Fetched,
    template::{self, object},
    wanted::{Wanted, versioned},
};

/// Fetches a prompt: [`Prompts::get`](super::Prompts::get).
#[derive(Debug)]
pub struct GetPrompt {
    wanted: Wanted,
    variables: Result<Map<String, Value>, TemplateError>,
    cache: bool,
}

versioned!(GetPrompt);

impl GetPrompt {
    pub(super) fn new(slug: impl Into<String>) -> Self {
        Self { wanted: Wanted::new(slug), variables: Ok(Map::new()), cache: true }
    }
}

impl ApiCall<GetPrompt> {
    /// One variable: anything that serializes. Without any the text stays as it is. Content. Defaults to none.
    pub fn variable(self, name: impl Into<String>, value: impl Serialize) -> Self {
        self.with(|operation| match (&mut operation.variables, template::value(&value)) {
            (Ok(variables), Ok(value)) => {
                variables.insert(name.into(), value);
            }
            (Ok(_), Err(error)) => operation.variables = Err(error),
            (Err(_), _) => {}
        })
    }

    /// All variables: a map or a struct, in place of those given before. Content. Defaults to none.
    pub fn variables(self, variables: impl Serialize) -> Self {
        self.with(|operation| operation.variables = object(&variables))
    }

    /// Whether memory may answer, and keeps the answer. Defaults to true.
    pub fn cache(self, cache: bool) -> Self {
        self.with(|operation| operation.cache = cache)
    }
}

#[derive(Debug, Deserialize)]
struct Wrapped {
    prompt: Fetched,
}

impl Operation for GetPrompt {
    type Output = Prompt;
    type Error = PromptError;

    async fn run(self, api: Arc<Api>) -> Result<Prompt, PromptError> {
        let (wanted, variables) = (self.wanted.checked()?, self.variables?);
        let fetch = async {
            let ask = wanted.get(label!("prompts", "get"), None).variables(Value::Object(variables.clone()));
            Ok(api.ask::<Wrapped>(ask).await?.prompt)
        };
        let (fetched, origin) = match self.cache {
            true => api.prompts.get(wanted.clone(), fetch).await?,
            false => (Arc::new(fetch.await?), Origin::Asked),
        };
        Ok(Prompt::new(&wanted.slug, wanted.tag.as_deref(), fetched, origin, variables)?)
    }
}
