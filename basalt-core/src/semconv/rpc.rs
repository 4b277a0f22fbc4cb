//! OpenTelemetry's RPC keys (semantic conventions, release candidate).

/// `string`: `grpc`.
pub const SYSTEM_NAME: &str = "rpc.system.name";
/// `string`: `package.Service/Method`, or `_OTHER` for one that the server does not know.
pub const METHOD: &str = "rpc.method";
/// `string`: the method as sent, when the server does not know it.
pub const METHOD_ORIGINAL: &str = "rpc.method_original";
/// `string`: the name of the gRPC status, such as `DEADLINE_EXCEEDED`.
pub const STATUS_CODE: &str = "rpc.status_code";
