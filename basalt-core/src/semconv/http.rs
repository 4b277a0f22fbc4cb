//! OpenTelemetry's HTTP, URL, network, error, exception and resource keys (stable semantic conventions).

/// `string`: a known method or `_OTHER`.
pub const REQUEST_METHOD: &str = "http.request.method";
/// `string`: the method as sent, when it is not a known one.
pub const REQUEST_METHOD_ORIGINAL: &str = "http.request.method_original";
/// `int`.
pub const RESPONSE_STATUS_CODE: &str = "http.response.status_code";
/// `string`: the route template.
pub const ROUTE: &str = "http.route";
/// `string`.
pub const URL_PATH: &str = "url.path";
/// `string`: without the question mark, secrets replaced.
pub const URL_QUERY: &str = "url.query";
/// `string`.
pub const URL_SCHEME: &str = "url.scheme";
/// `string`: the host the client named.
pub const SERVER_ADDRESS: &str = "server.address";
/// `int`: the port the client named.
pub const SERVER_PORT: &str = "server.port";
/// `string`.
pub const CLIENT_ADDRESS: &str = "client.address";
/// `string`.
pub const NETWORK_PEER_ADDRESS: &str = "network.peer.address";
/// `int`.
pub const NETWORK_PEER_PORT: &str = "network.peer.port";
/// `string`: `1.0`, `1.1`, `2`, `3`.
pub const NETWORK_PROTOCOL_VERSION: &str = "network.protocol.version";
/// `string`.
pub const USER_AGENT_ORIGINAL: &str = "user_agent.original";
/// `string`: what kind of error ended the operation.
pub const ERROR_TYPE: &str = "error.type";

/// Metadata of a request to Basalt's API: the method, as the official SDKs spell it.
pub const METHOD: &str = "http.method";
/// Metadata of a request to Basalt's API: the URL without its query.
pub const URL: &str = "http.url";
/// `int`: the status of a request to Basalt's API.
pub const STATUS_CODE: &str = "http.status_code";
/// `double`: how long a request to Basalt's API took.
pub const RESPONSE_TIME_MS: &str = "http.response_time_ms";

/// Name of the event that records an error.
pub const EXCEPTION: &str = "exception";
/// `string`.
pub const EXCEPTION_TYPE: &str = "exception.type";
/// `string`.
pub const EXCEPTION_MESSAGE: &str = "exception.message";

/// Resource, `string`.
pub const SERVICE_NAME: &str = "service.name";
/// Resource, `string`.
pub const SERVICE_VERSION: &str = "service.version";
/// Resource, `string`: the deprecated spelling the Basalt backend reads.
pub const DEPLOYMENT_ENVIRONMENT: &str = "deployment.environment";
/// Resource, `string`: the stable spelling.
pub const DEPLOYMENT_ENVIRONMENT_NAME: &str = "deployment.environment.name";
