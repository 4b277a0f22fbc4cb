//! The model a prompt is configured for.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::reply::or_default;

/// A model, as the prompt's author has chosen it in Basalt.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct PromptModel {
    /// Who offers it, such as `open-ai`; empty if nobody says.
    #[serde(default, deserialize_with = "or_default")]
    pub provider: String,
    /// What it is called there, such as `gpt-5`; empty if nobody says.
    #[serde(default, deserialize_with = "or_default")]
    pub model: String,
    /// Its version, such as `latest`.
    #[serde(default, deserialize_with = "or_default")]
    pub version: Option<String>,
    /// What it is called with.
    #[serde(default, deserialize_with = "or_default")]
    pub parameters: PromptParameters,
}

/// What a model is called with. A parameter that has another type than expected counts as not given.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct PromptParameters {
    /// From 0.0, usually to 2.0.
    pub temperature: Option<f64>,
    /// Nucleus sampling, from 0.0 to 1.0.
    pub top_p: Option<f64>,
    /// How many tokens are candidates.
    pub top_k: Option<f64>,
    /// From −2.0 to 2.0.
    pub frequency_penalty: Option<f64>,
    /// From −2.0 to 2.0.
    pub presence_penalty: Option<f64>,
    /// Tokens of the answer, at most.
    pub max_length: Option<u64>,
    /// What the answer is to look like.
    pub response_format: ResponseFormat,
    /// A JSON schema for the answer.
    pub json_object: Option<Map<String, Value>>,
    /// How much a reasoning model thinks, such as `low`.
    pub reasoning_effort: Option<String>,
    /// How much it says, such as `low`.
    pub verbosity: Option<String>,
    /// What it may call.
    pub tools: Option<PromptTools>,
}

/// What an answer is to look like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseFormat {
    /// Text.
    #[default]
    Text,
    /// Some JSON.
    Json,
    /// JSON of the schema in [`PromptParameters::json_object`].
    JsonObject,
    /// Calls of tools.
    Tools,
    /// One that this version does not know.
    Other(String),
}

/// The tools of a prompt, as providers describe them: JSON.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct PromptTools {
    /// One object each.
    pub tools: Vec<Value>,
    /// Which of them is to be called, if that is not the model's choice.
    pub choice: Option<Value>,
}

impl PromptParameters {
    fn of(said: &Map<String, Value>) -> Self {
        let number = |key: &str| said.get(key).and_then(Value::as_f64);
        let text = |key: &str| said.get(key).and_then(Value::as_str).map(str::to_owned);
        Self {
            temperature: number("temperature"),
            top_p: number("topP"),
            top_k: number("topK"),
            frequency_penalty: number("frequencyPenalty"),
            presence_penalty: number("presencePenalty"),
            max_length: said.get("maxLength").and_then(whole),
            response_format: text("responseFormat").map(ResponseFormat::of).unwrap_or_default(),
            json_object: said.get("jsonObject").and_then(Value::as_object).cloned(),
            reasoning_effort: text("reasoningEffort"),
            verbosity: text("verbosity"),
            tools: said.get("tools").and_then(PromptTools::of),
        }
    }
}

/// A whole number, also where it is written as `64.0`.
fn whole(value: &Value) -> Option<u64> {
    let number = value.as_f64().filter(|number| number.fract() == 0.0 && *number >= 0.0);
    value.as_u64().or_else(|| format!("{:.0}", number?).parse().ok())
}

impl<'de> Deserialize<'de> for PromptParameters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let said = Value::deserialize(deserializer)?;
        Ok(said.as_object().map(Self::of).unwrap_or_default())
    }
}

impl ResponseFormat {
    fn of(text: String) -> Self {
        match text.as_str() {
            "text" => Self::Text,
            "json" => Self::Json,
            "json-object" => Self::JsonObject,
            "tools" => Self::Tools,
            _ => Self::Other(text),
        }
    }
}

impl PromptTools {
    fn of(said: &Value) -> Option<Self> {
        let tools = said.get("tools").and_then(Value::as_array).cloned().unwrap_or_default();
        let choice = said.get("toolChoice").filter(|choice| !choice.is_null()).cloned();
        said.is_object().then_some(Self { tools, choice })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parameters_are_typed_and_odd_ones_count_as_not_given() {
        let model: PromptModel = serde_json::from_value(json!({
            "provider": "open-ai", "model": "gpt-5", "version": null,
            "parameters": {
                "temperature": 1, "topP": "high", "maxLength": 64.0, "responseFormat": "json-object",
                "jsonObject": {"type": "object"}, "reasoningEffort": "low",
                "tools": {"tools": [{"name": "search"}], "toolChoice": null}
            }
        }))
        .unwrap();
        let parameters = &model.parameters;
        assert_eq!(
            (parameters.temperature, parameters.top_p, parameters.max_length),
            (Some(1.0), None, Some(64))
        );
        assert_eq!(parameters.response_format, ResponseFormat::JsonObject);
        assert_eq!(
            parameters.tools.as_ref().map(|tools| (tools.tools.len(), tools.choice.is_none())),
            Some((1, true))
        );
        let bare: PromptModel = serde_json::from_value(json!({"parameters": null})).unwrap();
        assert_eq!(bare, PromptModel::default());
    }
}
