//! Messages to and from a model, in OpenTelemetry's message schema.

use serde::Serialize;

use crate::{foreign, payload::Tree};

/// One message. Source: OpenTelemetry's GenAI conventions, `gen_ai.input.messages`.
///
/// ```
/// use basalt_core::{Message, Part};
///
/// let messages = [
///     Message::system("Be brief."),
///     Message::user("What is in the picture?").part(Part::uri("image", "https://shop.example/1.png")),
///     Message::assistant("A cat.").finish_reason("stop"),
/// ];
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    role: &'static str,
    parts: Vec<Part>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish_reason: Option<String>,
}

impl Message {
    /// Instructions.
    #[must_use]
    pub fn system(text: impl Into<String>) -> Self {
        Self::new("system", Part::text(foreign::text(text)))
    }

    /// What the user says.
    #[must_use]
    pub fn user(text: impl Into<String>) -> Self {
        Self::new("user", Part::text(foreign::text(text)))
    }

    /// What the model says.
    #[must_use]
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::new("assistant", Part::text(foreign::text(text)))
    }

    /// What a tool has answered to a call.
    #[must_use]
    pub fn tool(response: Part) -> Self {
        Self::new("tool", response)
    }

    /// The model's call of a tool.
    #[must_use]
    pub fn call(call: Part) -> Self {
        Self::new("assistant", call)
    }

    /// One more part.
    #[must_use]
    pub fn part(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// Why the model stopped. Defaults to none.
    #[must_use]
    pub fn finish_reason(mut self, reason: impl Into<String>) -> Self {
        self.finish_reason = Some(foreign::text(reason));
        self
    }

    fn new(role: &'static str, part: Part) -> Self {
        Self { role, parts: vec![part], finish_reason: None }
    }
}

/// Part of a message.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Part {
    /// Plain text.
    Text {
        /// The text.
        content: String,
    },
    /// What the model thought before it answered.
    Reasoning {
        /// The text.
        content: String,
    },
    /// A call of a tool.
    ToolCall {
        /// The id the model gave the call.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The tool.
        name: String,
        /// What it is called with.
        arguments: serde_json::Value,
    },
    /// What a tool has answered.
    ToolCallResponse {
        /// The id of the call it answers.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The answer.
        response: serde_json::Value,
    },
    /// Something that stands elsewhere: an image, a document.
    Uri {
        /// `image`, `audio`, `video`, …
        modality: String,
        /// Where.
        uri: String,
    },
}

impl Part {
    /// Plain text.
    #[must_use]
    pub fn text(content: impl Into<String>) -> Self {
        Self::Text { content: foreign::text(content) }
    }

    /// What the model thought before it answered.
    #[must_use]
    pub fn reasoning(content: impl Into<String>) -> Self {
        Self::Reasoning { content: foreign::text(content) }
    }

    /// A call of a tool, with arguments that serialize.
    #[must_use]
    pub fn tool_call(id: Option<String>, name: impl Into<String>, arguments: impl Serialize) -> Self {
        Self::ToolCall { id, name: foreign::text(name), arguments: kept(arguments) }
    }

    /// What a tool has answered, if it serializes.
    #[must_use]
    pub fn tool_response(id: Option<String>, response: impl Serialize) -> Self {
        Self::ToolCallResponse { id, response: kept(response) }
    }

    /// Something that stands elsewhere.
    #[must_use]
    pub fn uri(modality: impl Into<String>, uri: impl Into<String>) -> Self {
        Self::Uri { modality: foreign::text(modality), uri: foreign::text(uri) }
    }
}

fn kept(value: impl Serialize) -> serde_json::Value {
    Tree::of(&value).value
}
