//! Basalt's own keys, as the official SDKs spell them, and the names of the instrumentation scopes.

/// `bool`, on every span that belongs to a Basalt trace.
pub const IN_TRACE: &str = "basalt.in_trace";
/// `bool`, on roots only.
pub const ROOT: &str = "basalt.root";
/// `bool`, on our spans below a root, inner roots included.
pub const TRACE: &str = "basalt.trace";

/// `string`: what a span observes; `basalt_trace` on roots.
pub const KIND: &str = "basalt.span.kind";
/// `string`: the feature the trace belongs to.
pub const FEATURE_SLUG: &str = "basalt.span.feature_slug";
/// `bool`: whether evaluators run on this trace.
pub const SHOULD_EVALUATE: &str = "basalt.span.should_evaluate";
/// `string[]`: slugs of the evaluators asked for on this span.
pub const EVALUATORS: &str = "basalt.span.evaluators";
/// `string`, JSON `{"sample_rate": double}`: on the root, only when given there.
pub const EVALUATION_CONFIG: &str = "basalt.span.evaluation.config";
/// Text, bool, int or double as given; JSON text otherwise.
pub const INPUT: &str = "basalt.span.input";
/// Text, bool, int or double as given; JSON text otherwise.
pub const OUTPUT: &str = "basalt.span.output";
/// `string`, JSON object: what was filled into a prompt.
pub const VARIABLES: &str = "basalt.span.variables";
/// `string`, JSON object, merged key by key.
pub const METADATA: &str = "basalt.metadata";
/// Prefix of process-wide metadata, one attribute per key.
pub const META_PREFIX: &str = "basalt.meta.";

/// `string`: who asks.
pub const USER_ID: &str = "basalt.user.id";
/// `string`: their name.
pub const USER_NAME: &str = "basalt.user.name";
/// `string`: for whom they ask.
pub const ORGANIZATION_ID: &str = "basalt.organization.id";
/// `string`: its name.
pub const ORGANIZATION_NAME: &str = "basalt.organization.name";

/// `string`.
pub const EXPERIMENT_ID: &str = "basalt.experiment.id";
/// `string`.
pub const EXPERIMENT_NAME: &str = "basalt.experiment.name";
/// `string`.
pub const EXPERIMENT_FEATURE_SLUG: &str = "basalt.experiment.feature_slug";

/// `string`: the slug of the prompt that was used.
pub const PROMPT_SLUG: &str = "basalt.prompt.slug";
/// `string`: its version.
pub const PROMPT_VERSION: &str = "basalt.prompt.version";
/// `string`: the tag it was fetched by.
pub const PROMPT_TAG: &str = "basalt.prompt.tag";
/// `string`: the provider it is configured for.
pub const PROMPT_PROVIDER: &str = "basalt.prompt.model.provider";
/// `string`: the model it is configured for.
pub const PROMPT_MODEL: &str = "basalt.prompt.model.model";
/// `string`, JSON object: what was filled in.
pub const PROMPT_VARIABLES: &str = "basalt.prompt.variables";
/// `bool`: whether it came from the cache.
pub const PROMPT_FROM_CACHE: &str = "basalt.prompt.from_cache";

/// Metadata of a request: the feature whose prompts are listed.
pub const PROMPT_FEATURE_SLUG: &str = "basalt.prompt.feature_slug";
/// Metadata of a request: the tag that a prompt is to have.
pub const PROMPT_NEW_TAG: &str = "basalt.prompt.new_tag";
/// Metadata of a request: the dataset.
pub const DATASET_SLUG: &str = "basalt.dataset.slug";
/// Metadata of a request: the name of the row that is added.
pub const DATASET_ROW_NAME: &str = "basalt.dataset.row_name";
/// Metadata of a request: what a file is.
pub const FILE_CONTENT_TYPE: &str = "basalt.file.content_type";

/// Metadata of a request to Basalt's API: `prompts`, `datasets`, …
pub const API_CLIENT: &str = "basalt.api.client";
/// Metadata of a request to Basalt's API: `get`, `list`, …
pub const API_OPERATION: &str = "basalt.api.operation";
/// Metadata of a request to Basalt's API: true.
pub const API_INTERNAL: &str = "basalt.internal.api";
/// `double`: how long a request to Basalt's API took, all attempts included.
pub const REQUEST_DURATION_MS: &str = "basalt.request.duration_ms";
/// `bool`: whether it has brought an answer that can be used.
pub const REQUEST_SUCCESS: &str = "basalt.request.success";

/// `string`: the text that was searched for.
pub const RETRIEVAL_QUERY: &str = "basalt.retrieval.query";
/// `int`: how many results were asked for.
pub const RETRIEVAL_TOP_K: &str = "basalt.retrieval.top_k";
/// `int`: how many results came back.
pub const RETRIEVAL_RESULTS_COUNT: &str = "basalt.retrieval.results.count";

/// `string`: what the function is called.
pub const FUNCTION_NAME: &str = "basalt.function.name";
/// `string`: the stage it belongs to.
pub const FUNCTION_STAGE: &str = "basalt.function.stage";
/// Prefix of a function's metrics, one attribute per key.
pub const FUNCTION_METRIC_PREFIX: &str = "basalt.function.metric.";

/// `string`: what the tool is called.
pub const TOOL_NAME: &str = "basalt.tool.name";
/// The input of a tool, beside [`INPUT`].
pub const TOOL_INPUT: &str = "basalt.tool.input";
/// The output of a tool, beside [`OUTPUT`].
pub const TOOL_OUTPUT: &str = "basalt.tool.output";

/// `string`: what happened.
pub const EVENT_TYPE: &str = "basalt.event.type";
/// What came with it, beside [`INPUT`].
pub const EVENT_PAYLOAD: &str = "basalt.event.payload";

/// `double`, USD: what the call cost.
pub const COST_TOTAL: &str = "basalt.cost.total";
/// `string`: who says so: `provider`, `catalog`, `estimated`.
pub const COST_SOURCE: &str = "basalt.cost.source";
/// `int`: chunks that a streamed answer came in.
pub const STREAM_CHUNKS: &str = "basalt.stream.chunks";

/// `string[]`: names of attributes that were cut at the payload limit.
pub const TRUNCATED: &str = "basalt.truncated";
/// `bool`: the future or stream a span observed was dropped before its end.
pub const CANCELLED: &str = "basalt.span.cancelled";
/// `string`: how an HTTP exchange ended when it did not end well.
pub const HTTP_OUTCOME: &str = "basalt.http.outcome";

/// Resource, `string`: the SDK's language.
pub const SDK_TYPE: &str = "basalt.sdk.type";
/// Resource, `string`: the SDK's version.
pub const SDK_VERSION: &str = "basalt.sdk.version";

/// Scope of roots and plain spans.
pub const SCOPE: &str = "basalt.observability";
/// Scope of generations.
pub const SCOPE_GENERATION: &str = "basalt.observability.generation";
/// Scope of retrievals.
pub const SCOPE_RETRIEVAL: &str = "basalt.observability.retrieval";
/// Scope of functions.
pub const SCOPE_FUNCTION: &str = "basalt.observability.function";
/// Scope of tools.
pub const SCOPE_TOOL: &str = "basalt.observability.tool";
/// Scope of events.
pub const SCOPE_EVENT: &str = "basalt.observability.event";

/// What a span is, for which feature and under which experiment: the first to say it is right, and no attribute that is
/// set later says it otherwise.
pub(crate) const MARKS: [&str; 5] =
    [KIND, FEATURE_SLUG, EXPERIMENT_ID, EXPERIMENT_NAME, EXPERIMENT_FEATURE_SLUG];
