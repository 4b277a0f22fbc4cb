//! The only reader of the environment.

#[cfg(test)]
mod fuzz;

use std::{env, sync::Arc, time::Duration};

use crate::{
    EvaluationRate,
    export::{Endpoint, Protocol},
    secret::Secret,
};

/// What the environment says. `BASALT_*` variables win over code, code wins over `OTEL_*`.
///
/// A value that cannot be used is one warning that names the variable, and counts as not given: an
/// operator's typo must not stop a service.
#[derive(Debug, Default)]
pub(super) struct Environment {
    pub(super) api_key: Option<Secret>,
    #[cfg(feature = "client")]
    pub(super) api_url: Option<crate::client::ApiUrl>,
    pub(super) endpoint: Option<Endpoint>,
    pub(super) enabled: Option<bool>,
    pub(super) service_name: Option<String>,
    pub(super) deployment: Option<String>,
    pub(super) evaluation_rate: Option<EvaluationRate>,

    pub(super) otel_endpoint: Option<Endpoint>,
    pub(super) otel_headers: Vec<(String, Secret)>,
    pub(super) otel_gzip: Option<bool>,
    pub(super) otel_timeout: Option<Duration>,
    pub(super) otel_disabled: Option<bool>,
    pub(super) otel_service_name: Option<String>,
    /// Whether `NO_COLOR` is set.
    pub(super) no_colour: bool,
    /// Replaces the list of known HTTP methods.
    pub(super) known_methods: Option<Vec<Arc<str>>>,
}

impl Environment {
    pub(super) fn read() -> Self {
        Self {
            api_key: parsed("BASALT_API_KEY", Secret::api_key),
            #[cfg(feature = "client")]
            api_url: parsed("BASALT_API_URL", crate::client::ApiUrl::parse),
            endpoint: parsed("BASALT_OTEL_EXPORTER_OTLP_ENDPOINT", |url| Endpoint::parse(url)?.supported()),
            enabled: parsed("BASALT_TELEMETRY_ENABLED", switch),
            service_name: given("BASALT_SERVICE_NAME"),
            deployment: given("BASALT_ENVIRONMENT"),
            evaluation_rate: parsed("BASALT_SAMPLE_RATE", rate),
            otel_endpoint: otel_endpoint(),
            otel_headers: traces_or_all("HEADERS", headers).unwrap_or_default(),
            otel_gzip: traces_or_all("COMPRESSION", compression),
            otel_timeout: traces_or_all("TIMEOUT", milliseconds),
            otel_disabled: parsed("OTEL_SDK_DISABLED", switch),
            otel_service_name: given("OTEL_SERVICE_NAME"),
            no_colour: given("NO_COLOR").is_some(),
            known_methods: given("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS").map(|list| {
                list.split(',').map(str::trim).filter(|method| !method.is_empty()).map(Arc::from).collect()
            }),
        }
    }
}

/// The variable for traces is taken as it is; to the general one the path of traces is added.
fn otel_endpoint() -> Option<Endpoint> {
    let protocol = traces_or_all("PROTOCOL", protocol);
    let parse = |url: &str| match protocol {
        Some(protocol) => Endpoint::parse_for(url, protocol)?.supported(),
        None => Endpoint::parse(url)?.supported(),
    };
    parsed("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", parse)
        .or_else(|| parsed("OTEL_EXPORTER_OTLP_ENDPOINT", parse).map(Endpoint::with_traces_path))
}

/// A variable of OTLP's exporters: the one for traces, then the general one.
fn traces_or_all<T>(option: &str, parse: fn(&str) -> Result<T, &'static str>) -> Option<T> {
    parsed(&format!("OTEL_EXPORTER_OTLP_TRACES_{option}"), parse)
        .or_else(|| parsed(&format!("OTEL_EXPORTER_OTLP_{option}"), parse))
}

fn given(variable: &str) -> Option<String> {
    let value = env::var(variable).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// The value is not shown: it may be a secret in the wrong variable.
fn parsed<T>(variable: &str, parse: impl FnOnce(&str) -> Result<T, &'static str>) -> Option<T> {
    match parse(&given(variable)?) {
        Ok(value) => Some(value),
        Err(reason) => {
            tracing::warn!(target: "basalt", variable, "the value {reason}: it is ignored");
            None
        }
    }
}

fn switch(text: &str) -> Result<bool, &'static str> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("is neither true nor false"),
    }
}

fn rate(text: &str) -> Result<EvaluationRate, &'static str> {
    let rate = text.parse().ok().and_then(|rate| EvaluationRate::new(rate).ok());
    rate.ok_or("is no number from 0.0 to 1.0")
}

fn protocol(text: &str) -> Result<Protocol, &'static str> {
    match text {
        "grpc" => Ok(Protocol::Grpc),
        "http/protobuf" => Ok(Protocol::HttpProtobuf),
        _ => Err("is neither grpc nor http/protobuf"),
    }
}

/// `key=value,…`, the values percent-encoded. Source: OpenTelemetry, as W3C Baggage without properties.
fn headers(text: &str) -> Result<Vec<(String, Secret)>, &'static str> {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    let header = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        let value = percent_encoding::percent_decode_str(value.trim()).decode_utf8().ok()?;
        let sendable = http::HeaderName::try_from(name.trim()).is_ok()
            && http::HeaderValue::try_from(value.as_ref()).is_ok();
        sendable.then(|| (name.trim().to_owned(), value.into_owned().into()))
    };
    pairs
        .map(header)
        .collect::<Option<_>>()
        .ok_or("is no list of headers, such as `x-tenant=acme,x-team=growth`")
}

fn compression(text: &str) -> Result<bool, &'static str> {
    match text {
        "gzip" => Ok(true),
        "none" => Ok(false),
        _ => Err("is neither gzip nor none"),
    }
}

fn milliseconds(text: &str) -> Result<Duration, &'static str> {
    let milliseconds = text.parse().ok().filter(|milliseconds| *milliseconds > 0);
    milliseconds.map(Duration::from_millis).ok_or("is no number of milliseconds")
}
