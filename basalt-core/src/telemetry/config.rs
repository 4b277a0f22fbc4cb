//! Code and environment, put together and checked.

use std::{collections::HashSet, sync::Arc};

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;

use super::{
    BuildError, Builder, Otlp,
    env::Environment,
    otlp::{checked, checked_key, headers},
    resource::Service,
};
#[cfg(feature = "spool")]
use crate::export::Place;
use crate::{
    ContextValues, EvaluationRate,
    capture::Content,
    export::{Bounds, Destination, Exporter, OtlpTarget, Redaction},
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
    pub(super) bounds: Bounds,
    pub(super) redaction: Redaction,
    #[cfg(feature = "client")]
    pub(super) api: crate::client::Target,
}

impl Config {
    pub(super) fn resolve(builder: Builder, env: Environment) -> Result<Self, BuildError> {
        let code_rate = EvaluationRate::new(builder.evaluation_rate)?;
        let code_key = checked_key(builder.api_key)?;
        let code_endpoint = builder.endpoint.map(|url| checked(&url, builder.protocol)).transpose()?;

        let enabled = env.enabled.or(builder.enabled).unwrap_or(env.otel_disabled != Some(true));
        let api_key = env.api_key.or(code_key);
        let provider = builder.provider.chosen();
        #[cfg(feature = "client")]
        let api = builder.api.target(api_key.clone(), env.api_url, provider.clone())?;
        let endpoint = env.endpoint.or(code_endpoint).or(env.otel_endpoint);
        let headers =
            headers(api_key.as_ref(), merged(env.otel_headers, builder.headers, api_key.is_some()))?;

        #[cfg(feature = "spool")]
        let spool = checked_spool(builder.spool, builder.max_spool_bytes)?;
        let mut destinations = given_destinations(builder.exporters, builder.destinations)?;
        if destinations.is_empty() {
            let own = |endpoint| {
                let mut target = OtlpTarget::new(endpoint, headers);
                target.gzip = env.otel_gzip;
                target.timeout = env.otel_timeout.unwrap_or(target.timeout);
                Destination::Otlp(Box::new(target))
            };
            destinations.push(match (endpoint, &api_key) {
                (Some(endpoint), _) => own(endpoint),
                (None, Some(_)) if cfg!(feature = "otlp") => own(checked(BASALT, None)?),
                (None, _) => Destination::Console { plain: env.no_colour, printer: builder.printer },
            });
        }

        for destination in &mut destinations {
            let Destination::Otlp(target) = destination else { continue };
            if enabled && target.endpoint.secure && provider.is_missing() {
                return Err(BuildError::CryptoProvider { needed_by: format!("`{}`", target.name) });
            }
            target.provider = provider.clone();
            #[cfg(feature = "spool")]
            target.spool.clone_from(&spool);
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
            bounds: checked_bounds(builder.bounds)?,
            redaction: builder.redaction,
            #[cfg(feature = "client")]
            api,
        })
    }
}

/// A header given in code replaces one of the environment, and so does a key.
fn merged(
    mut env: Vec<(String, Secret)>,
    code: Vec<(String, Secret)>,
    with_key: bool,
) -> Vec<(String, Secret)> {
    env.retain(|(name, _)| {
        let replaced = code.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
        !(replaced || (with_key && name.eq_ignore_ascii_case("authorization")))
    });
    env.extend(code);
    env
}

/// Those of code. Two of one name could not be told apart in log lines.
fn given_destinations(
    exporters: Vec<Box<dyn Exporter>>,
    collectors: Vec<Otlp>,
) -> Result<Vec<Destination>, BuildError> {
    let mut destinations: Vec<_> = exporters.into_iter().map(Destination::Custom).collect();
    let mut names = HashSet::new();
    for otlp in collectors {
        let target = otlp.target()?;
        if !names.insert(target.name.clone()) {
            return Err(BuildError::SameName { name: target.name });
        }
        destinations.push(Destination::Otlp(Box::new(target)));
    }
    Ok(destinations)
}

#[cfg(feature = "spool")]
fn checked_spool(directory: Option<std::path::PathBuf>, bytes: u64) -> Result<Option<Place>, BuildError> {
    const LEAST: usize = 1024 * 1024;
    if bytes < LEAST as u64 {
        return Err(BuildError::Limit { option: "max_spool_bytes", least: LEAST });
    }
    Ok(directory.map(|directory| Place { directory, bytes }))
}

fn checked_bounds(bounds: Bounds) -> Result<Bounds, BuildError> {
    const LEAST_BYTES: usize = 1024 * 1024;
    if bounds.spans == 0 {
        return Err(BuildError::Limit { option: "max_queue_spans", least: 1 });
    }
    if bounds.bytes < LEAST_BYTES {
        return Err(BuildError::Limit { option: "max_queue_bytes", least: LEAST_BYTES });
    }
    Ok(bounds)
}
