//! OpenTelemetry's GenAI keys (semantic conventions 1.41), and the session they belong to.

/// `string`: `chat`, `embeddings`, …
pub const OPERATION_NAME: &str = "gen_ai.operation.name";
/// `string`: `openai`, `anthropic`, …
pub const PROVIDER_NAME: &str = "gen_ai.provider.name";
/// `string`: one conversation, on every span of the trace.
pub const CONVERSATION_ID: &str = "gen_ai.conversation.id";

/// `string`: the model asked for.
pub const REQUEST_MODEL: &str = "gen_ai.request.model";
/// `double`.
pub const REQUEST_TEMPERATURE: &str = "gen_ai.request.temperature";
/// `double`.
pub const REQUEST_TOP_P: &str = "gen_ai.request.top_p";
/// `double`.
pub const REQUEST_TOP_K: &str = "gen_ai.request.top_k";
/// `int`.
pub const REQUEST_MAX_TOKENS: &str = "gen_ai.request.max_tokens";

/// `string`: the model that answered.
pub const RESPONSE_MODEL: &str = "gen_ai.response.model";
/// `string`.
pub const RESPONSE_ID: &str = "gen_ai.response.id";
/// `string[]`.
pub const RESPONSE_FINISH_REASONS: &str = "gen_ai.response.finish_reasons";

/// `int`: all input tokens, cached ones included.
pub const USAGE_INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
/// `int`: all output tokens, reasoning included.
pub const USAGE_OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";

/// `int`: input tokens that came from the provider's cache; part of the input tokens.
pub const USAGE_CACHE_READ_TOKENS: &str = "gen_ai.usage.cache_read.input_tokens";
/// `int`: input tokens written to the provider's cache; part of the input tokens.
pub const USAGE_CACHE_CREATION_TOKENS: &str = "gen_ai.usage.cache_creation.input_tokens";
/// `int`: output tokens spent on reasoning; part of the output tokens.
pub const USAGE_REASONING_TOKENS: &str = "gen_ai.usage.reasoning.output_tokens";
/// `double`, seconds: from the request to the first chunk of a streamed answer.
pub const RESPONSE_TIME_TO_FIRST_CHUNK: &str = "gen_ai.response.time_to_first_chunk";
/// `bool`: whether the answer was streamed.
pub const REQUEST_STREAM: &str = "gen_ai.request.stream";
/// `string`: the id of a tool call, as the model gave it.
pub const TOOL_CALL_ID: &str = "gen_ai.tool.call.id";
/// `string`, JSON: documents found, `[{"id", "score"}]`.
pub const RETRIEVAL_DOCUMENTS: &str = "gen_ai.retrieval.documents";

/// `string`, JSON: messages sent, in OpenTelemetry's message schema.
pub const INPUT_MESSAGES: &str = "gen_ai.input.messages";
/// `string`, JSON: messages received, in OpenTelemetry's message schema.
pub const OUTPUT_MESSAGES: &str = "gen_ai.output.messages";

/// `string`: one user session, on every span of the trace.
pub const SESSION_ID: &str = "session.id";

/// `double`, milliseconds: no convention has it; the official SDKs send it.
pub const LATENCY: &str = "gen_ai.latency";
