//! Code and environment, put together and checked.

use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;

use super::{BuildError, Builder, env::Environment, resource::Service};
use crate::{
    ContextValues, EvaluationRate,
    capture::Content,
    export::{Destination, Endpoint, OtlpTarget, Protocol},
    secret::Secret,
};

/// Where Basalt takes traces.
const BASALT: &str = "https://grpc.otel.getbasalt.ai";

/// A configuration that can be built.
#[derive(Debug)]
pub(super) struct Config {
    pub(super) enabled: bool,
    pub(super) resource: Resource,
    pub(super) content: Content,
    pub(super) values: ContextValues,
    pub(super) rate: EvaluationRate,
    pub(super) metadata: Vec<KeyValue>,
    pub(super) known_methods: Option<Vec<Arc<str>>>,
    pub(super) destinations: Vec<Destination>,
}

impl Config {
    pub(super) fn resolve(builder: Builder, env: Environment) -> Result<Self, BuildError> {
        let code_rate = EvaluationRate::new(builder.evaluation_rate)?;
        let code_key = builder.api_key.map(|key| Secret::api_key(key.reveal()));
        let code_key = code_key.transpose().map_err(|_| BuildError::ApiKey)?;
        let code_endpoint = builder.endpoint.map(|url| checked(url, builder.protocol)).transpose()?;

        let enabled = env.enabled.or(builder.enabled).unwrap_or(env.otel_disabled != Some(true));
        let api_key = env.api_key.or(code_key);
        let endpoint = env.endpoint.or(code_endpoint).or(env.otel_endpoint);
        let headers = headers(api_key.as_ref(), builder.headers)?;

        let mut destinations: Vec<_> = builder.exporters.into_iter().map(Destination::Custom).collect();
        if destinations.is_empty() {
            destinations.push(match (endpoint, &api_key) {
                (Some(endpoint), _) => Destination::Otlp(OtlpTarget { endpoint, headers }),
                (None, Some(_)) if cfg!(feature = "otlp") => {
                    Destination::Otlp(OtlpTarget { endpoint: checked(BASALT.to_owned(), None)?, headers })
                }
                (None, _) => Destination::Console { plain: env.no_colour, printer: builder.printer },
            });
        }

        let service = Service {
            name: env.service_name.or(builder.service_name),
            fallback_name: env.otel_service_name,
            version: builder.service_version,
            environment: env.deployment.or(builder.environment),
            attributes: builder.resource_attributes,
        };
        Ok(Self {
            enabled,
            resource: service.resource(),
            content: Content { capture: builder.capture, limit: builder.max_payload_bytes },
            values: builder.default_context,
            rate: env.evaluation_rate.unwrap_or(code_rate),
            metadata: builder.global_metadata,
            known_methods: env.known_methods,
            destinations,
        })
    }
}

fn checked(url: String, protocol: Option<Protocol>) -> Result<Endpoint, BuildError> {
    let endpoint = match protocol {
        Some(protocol) => Endpoint::parse_for(&url, protocol),
        None => Endpoint::parse(&url),
    };
    endpoint.and_then(Endpoint::supported).map_err(|reason| BuildError::Endpoint { endpoint: url, reason })
}

fn headers(
    api_key: Option<&Secret>,
    given: Vec<(String, Secret)>,
) -> Result<Vec<(String, Secret)>, BuildError> {
    for (name, value) in &given {
        let valid =
            http::HeaderName::try_from(name).is_ok() && http::HeaderValue::try_from(value.reveal()).is_ok();
        if !valid {
            return Err(BuildError::Header { name: name.clone() });
        }
    }
    let bearer = api_key.map(|key| ("authorization".to_owned(), format!("Bearer {}", key.reveal()).into()));
    Ok(bearer.into_iter().chain(given).collect())
}
