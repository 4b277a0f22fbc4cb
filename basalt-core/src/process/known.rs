//! Instrumentation libraries whose spans have a kind.

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::trace::SpanData;

use crate::{ObserveKind, semconv::gen_ai};

/// What a span of another library observes, by its instrumentation scope or by its GenAI operation;
/// frameworks that do many things have no kind.
pub(super) fn kind(span: &SpanData) -> Option<ObserveKind> {
    by_scope(&span.instrumentation_scope).or_else(|| by_operation(span))
}

/// Whether data that was prepared for such a library may go onto its spans.
pub(super) fn is_known(scope: &InstrumentationScope) -> bool {
    matches!(library(scope), Some("langchain" | "llamaindex")) || by_scope(scope).is_some()
}

fn library(scope: &InstrumentationScope) -> Option<&str> {
    scope.name().strip_prefix("opentelemetry.instrumentation.")
}

fn by_scope(scope: &InstrumentationScope) -> Option<ObserveKind> {
    match library(scope)? {
        "openai"
        | "openai.v1"
        | "anthropic"
        | "google_genai"
        | "google_generativeai"
        | "bedrock"
        | "vertexai"
        | "ollama"
        | "mistralai" => Some(ObserveKind::Generation),
        "chromadb" | "pinecone" | "qdrant" => Some(ObserveKind::Retrieval),
        _ => None,
    }
}

fn by_operation(span: &SpanData) -> Option<ObserveKind> {
    let operation =
        span.attributes.iter().find(|attribute| attribute.key.as_str() == gen_ai::OPERATION_NAME)?;
    match operation.value.as_str().as_ref() {
        "chat" | "text_completion" | "generate_content" => Some(ObserveKind::Generation),
        "retrieval" => Some(ObserveKind::Retrieval),
        "execute_tool" => Some(ObserveKind::Tool),
        _ => None,
    }
}
