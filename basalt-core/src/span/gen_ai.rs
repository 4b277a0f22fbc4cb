//! What can be said of a model call, on a span of any kind: a step that calls a model inside says it too.
//!
//! Keys and types are those of OpenTelemetry's GenAI conventions 1.41, whatever number the caller passes.

use opentelemetry::{Array, StringValue, Value};

use super::SpanHandle;
use crate::{
    foreign,
    semconv::{basalt, gen_ai},
};

/// Tokens used by one call. A count that is not known is not written.
///
/// `input` includes cached tokens, `output` includes reasoning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tokens {
    /// Tokens sent.
    pub input: Option<u64>,
    /// Tokens received.
    pub output: Option<u64>,
}

/// Parts of the tokens used by one call. A count that is not known is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TokenDetails {
    /// Input tokens that came from the provider's cache.
    pub cache_read: Option<u64>,
    /// Input tokens that were written to the provider's cache.
    pub cache_write: Option<u64>,
    /// Output tokens spent on reasoning.
    pub reasoning: Option<u64>,
}

/// Who says what a call cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CostSource {
    /// The provider, with its answer.
    Provider,
    /// A list of prices, and the tokens the provider counted.
    Catalog,
    /// A list of prices, and tokens counted elsewhere.
    Estimated,
}

impl CostSource {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Catalog => "catalog",
            Self::Estimated => "estimated",
        }
    }
}

impl SpanHandle {
    /// The model asked for (`gen_ai.request.model`), as the provider spells it.
    ///
    /// ```
    /// # fn work(span: &basalt_core::SpanHandle) {
    /// span.set_model("gpt-5");
    /// # }
    /// ```
    pub fn set_model(&self, model: impl Into<String>) {
        self.set_text(gen_ai::REQUEST_MODEL, model);
    }

    /// The model that answered (`gen_ai.response.model`), which is often a dated version of the one asked for.
    pub fn set_response_model(&self, model: impl Into<String>) {
        self.set_text(gen_ai::RESPONSE_MODEL, model);
    }

    /// Who serves the model (`gen_ai.provider.name`): `openai`, `anthropic`, `aws.bedrock`, `gcp.vertex_ai`,
    /// `azure.ai.openai`, `mistral_ai`, …; a name of your own where the convention has none.
    pub fn set_provider(&self, provider: impl Into<String>) {
        self.set_text(gen_ai::PROVIDER_NAME, provider);
    }

    /// What is done (`gen_ai.operation.name`): `chat`, `text_completion`, `generate_content`, `embeddings`, …
    pub fn set_operation(&self, operation: impl Into<String>) {
        self.set_text(gen_ai::OPERATION_NAME, operation);
    }

    /// The provider's id of the answer (`gen_ai.response.id`), for asking the provider about it.
    pub fn set_response_id(&self, id: impl Into<String>) {
        self.set_text(gen_ai::RESPONSE_ID, id);
    }

    /// Why the model stopped (`gen_ai.response.finish_reasons`, `string[]`), one reason per choice: `stop`,
    /// `length`, `content_filter`, `tool_call`, …
    ///
    /// ```
    /// # fn work(span: &basalt_core::SpanHandle) {
    /// span.set_finish_reasons(["stop"]);
    /// # }
    /// ```
    pub fn set_finish_reasons<S: Into<String>>(&self, reasons: impl IntoIterator<Item = S>) {
        let mut all: Vec<StringValue> = Vec::new();
        let cut = foreign::each(reasons, |reason| all.push(foreign::text(reason).into()));
        self.set_value(gen_ai::RESPONSE_FINISH_REASONS, Value::Array(Array::String(all)));
        if cut {
            self.record(|record| record.name_truncated(vec![gen_ai::RESPONSE_FINISH_REASONS.into()]));
        }
    }

    /// Tokens used (`gen_ai.usage.input_tokens`, `gen_ai.usage.output_tokens`). Only known counts are written:
    /// not known is not zero.
    ///
    /// ```
    /// # use basalt_core::Tokens;
    /// # fn work(span: &basalt_core::SpanHandle) {
    /// span.set_tokens(Tokens { input: Some(812), output: Some(64) });
    /// # }
    /// ```
    pub fn set_tokens(&self, tokens: Tokens) {
        for (key, count) in
            [(gen_ai::USAGE_INPUT_TOKENS, tokens.input), (gen_ai::USAGE_OUTPUT_TOKENS, tokens.output)]
        {
            if let Some(count) = count {
                self.set_count(key, count);
            }
        }
    }

    /// Tokens that are part of those used: read from the provider's cache, written to it, spent on reasoning.
    /// Only known counts are written.
    ///
    /// ```
    /// # use basalt_core::TokenDetails;
    /// # fn work(span: &basalt_core::SpanHandle) {
    /// span.set_token_details(TokenDetails { cache_read: Some(512), ..TokenDetails::default() });
    /// # }
    /// ```
    pub fn set_token_details(&self, details: TokenDetails) {
        let counts = [
            (gen_ai::USAGE_CACHE_READ_TOKENS, details.cache_read),
            (gen_ai::USAGE_CACHE_CREATION_TOKENS, details.cache_write),
            (gen_ai::USAGE_REASONING_TOKENS, details.reasoning),
        ];
        for (key, count) in counts {
            if let Some(count) = count {
                self.set_count(key, count);
            }
        }
    }

    /// What the call cost, in US dollars (`basalt.cost.total`), and who says so (`basalt.cost.source`). What is
    /// no finite number says nothing.
    ///
    /// ```
    /// # use basalt_core::CostSource;
    /// # fn work(span: &basalt_core::SpanHandle) {
    /// span.set_cost(0.0042, CostSource::Provider);
    /// # }
    /// ```
    pub fn set_cost(&self, dollars: f64, source: CostSource) {
        if dollars.is_finite() {
            self.set_value(basalt::COST_TOTAL, dollars);
            self.set_value(basalt::COST_SOURCE, source.as_str());
        }
    }

    /// Sampling temperature (`gen_ai.request.temperature`).
    pub fn set_temperature(&self, temperature: f64) {
        self.set_value(gen_ai::REQUEST_TEMPERATURE, temperature);
    }

    /// Nucleus sampling (`gen_ai.request.top_p`).
    pub fn set_top_p(&self, top_p: f64) {
        self.set_value(gen_ai::REQUEST_TOP_P, top_p);
    }

    /// Sampling among the k likeliest tokens (`gen_ai.request.top_k`). On a retrieval, how many results are asked
    /// for is another thing: [`Span<Retrieval>`](super::Span).
    pub fn set_top_k(&self, top_k: f64) {
        self.set_value(gen_ai::REQUEST_TOP_K, top_k);
    }

    /// The most tokens the model may answer (`gen_ai.request.max_tokens`).
    pub fn set_max_tokens(&self, tokens: u64) {
        self.set_count(gen_ai::REQUEST_MAX_TOKENS, tokens);
    }

    /// How long the call took, in milliseconds (`gen_ai.latency`, which no convention has but the official SDKs
    /// send). The span's own duration says it too, if nothing else happens inside.
    pub fn set_latency(&self, milliseconds: f64) {
        self.set_value(gen_ai::LATENCY, milliseconds);
    }

    /// OpenTelemetry's integers are signed: what is above the largest is written as the largest.
    pub(super) fn set_count(&self, key: &'static str, count: u64) {
        self.set_value(key, i64::try_from(count).unwrap_or(i64::MAX));
    }
}
