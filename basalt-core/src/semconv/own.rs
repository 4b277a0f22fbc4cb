//! The keys that Basalt itself writes on spans, which have room there whatever else is set.

use super::{basalt, gen_ai, http, rpc};

const OWN: &[&str] = &[
    basalt::IN_TRACE,
    basalt::ROOT,
    basalt::TRACE,
    basalt::KIND,
    basalt::FEATURE_SLUG,
    basalt::SHOULD_EVALUATE,
    basalt::EVALUATORS,
    basalt::EVALUATION_CONFIG,
    basalt::INPUT,
    basalt::OUTPUT,
    basalt::VARIABLES,
    basalt::METADATA,
    basalt::USER_ID,
    basalt::USER_NAME,
    basalt::ORGANIZATION_ID,
    basalt::ORGANIZATION_NAME,
    basalt::EXPERIMENT_ID,
    basalt::EXPERIMENT_NAME,
    basalt::EXPERIMENT_FEATURE_SLUG,
    basalt::PROMPT_SLUG,
    basalt::PROMPT_VERSION,
    basalt::PROMPT_TAG,
    basalt::PROMPT_PROVIDER,
    basalt::PROMPT_MODEL,
    basalt::PROMPT_VARIABLES,
    basalt::PROMPT_FROM_CACHE,
    basalt::PROMPT_FEATURE_SLUG,
    basalt::PROMPT_NEW_TAG,
    basalt::DATASET_SLUG,
    basalt::DATASET_ROW_NAME,
    basalt::FILE_CONTENT_TYPE,
    basalt::API_CLIENT,
    basalt::API_OPERATION,
    basalt::API_INTERNAL,
    basalt::REQUEST_DURATION_MS,
    basalt::REQUEST_SUCCESS,
    basalt::RETRIEVAL_QUERY,
    basalt::RETRIEVAL_TOP_K,
    basalt::RETRIEVAL_RESULTS_COUNT,
    basalt::FUNCTION_NAME,
    basalt::FUNCTION_STAGE,
    basalt::TOOL_NAME,
    basalt::TOOL_INPUT,
    basalt::TOOL_OUTPUT,
    basalt::EVENT_TYPE,
    basalt::EVENT_PAYLOAD,
    basalt::COST_TOTAL,
    basalt::COST_SOURCE,
    basalt::STREAM_CHUNKS,
    basalt::TRUNCATED,
    basalt::CANCELLED,
    basalt::HTTP_OUTCOME,
    gen_ai::OPERATION_NAME,
    gen_ai::PROVIDER_NAME,
    gen_ai::CONVERSATION_ID,
    gen_ai::REQUEST_MODEL,
    gen_ai::REQUEST_TEMPERATURE,
    gen_ai::REQUEST_TOP_P,
    gen_ai::REQUEST_TOP_K,
    gen_ai::REQUEST_MAX_TOKENS,
    gen_ai::RESPONSE_MODEL,
    gen_ai::RESPONSE_ID,
    gen_ai::RESPONSE_FINISH_REASONS,
    gen_ai::USAGE_INPUT_TOKENS,
    gen_ai::USAGE_OUTPUT_TOKENS,
    gen_ai::USAGE_CACHE_READ_TOKENS,
    gen_ai::USAGE_CACHE_CREATION_TOKENS,
    gen_ai::USAGE_REASONING_TOKENS,
    gen_ai::RESPONSE_TIME_TO_FIRST_CHUNK,
    gen_ai::REQUEST_STREAM,
    gen_ai::TOOL_CALL_ID,
    gen_ai::RETRIEVAL_DOCUMENTS,
    gen_ai::INPUT_MESSAGES,
    gen_ai::OUTPUT_MESSAGES,
    gen_ai::SESSION_ID,
    gen_ai::LATENCY,
    http::REQUEST_METHOD,
    http::REQUEST_METHOD_ORIGINAL,
    http::RESPONSE_STATUS_CODE,
    http::ROUTE,
    http::URL_PATH,
    http::URL_QUERY,
    http::URL_SCHEME,
    http::SERVER_ADDRESS,
    http::SERVER_PORT,
    http::CLIENT_ADDRESS,
    http::NETWORK_PEER_ADDRESS,
    http::NETWORK_PEER_PORT,
    http::NETWORK_PROTOCOL_VERSION,
    http::USER_AGENT_ORIGINAL,
    http::ERROR_TYPE,
    http::METHOD,
    http::URL,
    http::STATUS_CODE,
    http::RESPONSE_TIME_MS,
    rpc::SYSTEM_NAME,
    rpc::METHOD,
    rpc::METHOD_ORIGINAL,
    rpc::STATUS_CODE,
];

/// Whether Basalt itself writes a key.
#[cold]
pub(crate) fn is_own(key: &str) -> bool {
    OWN.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is no key of a span: prefixes, scopes, and what is said of exceptions and of the process.
    fn is_another(name: &str) -> bool {
        ["_PREFIX", "SCOPE", "SDK_", "EXCEPTION", "SERVICE_", "DEPLOYMENT_"]
            .iter()
            .any(|part| name.contains(part))
    }

    #[test]
    fn every_key_that_is_spelled_here_is_known() {
        let files = [
            include_str!("basalt.rs"),
            include_str!("gen_ai.rs"),
            include_str!("http.rs"),
            include_str!("rpc.rs"),
        ];
        let constants = files.iter().flat_map(|file| file.lines()).filter_map(|line| {
            let (name, rest) = line.strip_prefix("pub const ")?.split_once(": &str = \"")?;
            Some((name, rest.split_once('"')?.0))
        });
        let (others, own): (Vec<_>, Vec<_>) = constants.partition(|(name, _)| is_another(name));
        assert!(others.len() > 10 && own.len() == OWN.len(), "{others:?}");
        assert!(own.iter().all(|(_, key)| is_own(key)) && !others.iter().any(|(_, key)| is_own(key)));
    }
}
