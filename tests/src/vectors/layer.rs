//! The options of a layer, as vectors write them.

use basalt_core::{CaptureHttp, EvaluationRate, HeaderIdentity, Inbound};
use serde_json::Value;

use super::{
    arguments::texts,
    program::{Leave, lacks},
};

/// Applies the options of a vector to the layer of either front, which have the same setters.
macro_rules! configured {
    ($layer:expr, $options:expr) => {{
        let mut layer = $layer;
        for (option, value) in $options.as_object().into_iter().flatten() {
            let text = || value.as_str().unwrap_or_default();
            layer = match option.as_str() {
                "feature_slug" | "auth" => layer,
                "identity" => value.as_array().into_iter().flatten().fold(layer, |layer, source| {
                    match $crate::vectors::layer::header_identity(source) {
                        Some(headers) => layer.identity_from_headers(headers),
                        None => layer.identity_from_extension::<$crate::vectors::routes::Verified>(),
                    }
                }),
                "experiment_header" => layer.experiment_header(text()),
                "session_header" => layer.session_header(text()),
                "conversation_header" => layer.conversation_header(text()),
                "response_trace_header" => layer.trace_id_header(text()),
                "evaluators" => layer.evaluators($crate::vectors::arguments::texts(value)),
                "evaluate_config" => match $crate::vectors::layer::rate(value)? {
                    Some(rate) => layer.evaluation_rate(rate),
                    None => layer,
                },
                "metadata" => {
                    let pairs = value.as_object().into_iter().flatten();
                    pairs.fold(layer, |layer, (key, value)| layer.metadata(key, value))
                }
                "exclude" => layer.exclude($crate::vectors::arguments::texts(value)),
                "inbound" => layer.inbound($crate::vectors::layer::inbound(text())?),
                "trusted_proxies" => layer.trusted_proxies($crate::vectors::arguments::texts(value)),
                "capture" => layer.capture($crate::vectors::layer::capture(value)?),
                other => return Err($crate::vectors::program::lacks(format!("the layer option {other}"))),
            };
        }
        layer
    }};
}

pub(super) use configured;

/// None for `verified`.
pub(super) fn header_identity(source: &Value) -> Option<HeaderIdentity> {
    let mut headers = HeaderIdentity::none();
    for (part, name) in source["headers"].as_object()? {
        let name = name.as_str().unwrap_or_default();
        headers = match part.as_str() {
            "user_id" => headers.user_id(name),
            "user_name" => headers.user_name(name),
            "organization_id" => headers.organization_id(name),
            _ => headers.organization_name(name),
        };
    }
    Some(headers)
}

pub(super) fn rate(config: &Value) -> Result<Option<EvaluationRate>, Leave> {
    Ok(config["sample_rate"].as_f64().map(EvaluationRate::new).transpose()?)
}

pub(super) fn inbound(name: &str) -> Result<Inbound, Leave> {
    match name {
        "continue" => Ok(Inbound::Continue),
        "restart" => Ok(Inbound::Restart),
        other => Err(lacks(format!("inbound {other}"))),
    }
}

pub(super) fn capture(options: &Value) -> Result<CaptureHttp, Leave> {
    let mut capture = CaptureHttp::default();
    for (option, value) in options.as_object().into_iter().flatten() {
        let bytes = || value.as_u64().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or_default();
        capture = match option.as_str() {
            "request_headers" => capture.request_headers(texts(value)),
            "response_headers" => capture.response_headers(texts(value)),
            "request_body" => capture.request_body(bytes()),
            "response_body" => capture.response_body(bytes()),
            other => return Err(lacks(format!("capture {other}"))),
        };
    }
    Ok(capture)
}
