//! What is said of the service itself, once per batch.

use opentelemetry::{Key, KeyValue, Value};
use opentelemetry_sdk::{
    Resource,
    resource::{EnvResourceDetector, TelemetryResourceDetector},
};

use crate::semconv::{basalt, http};

/// The name of a service that has none, as the official SDKs have it.
const UNNAMED_SERVICE: &str = "basalt-sdk";

/// What the configuration says of the service.
#[derive(Debug, Default)]
pub(super) struct Service {
    pub(super) name: Option<String>,
    /// Taken when neither code nor `OTEL_RESOURCE_ATTRIBUTES` names the service.
    pub(super) fallback_name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) environment: Option<String>,
    pub(super) attributes: Vec<KeyValue>,
}

impl Service {
    /// `OTEL_RESOURCE_ATTRIBUTES` comes first, the configuration wins over it.
    pub(super) fn resource(self) -> Resource {
        let detected = Resource::builder_empty()
            .with_detector(Box::new(TelemetryResourceDetector))
            .with_detector(Box::new(EnvResourceDetector::new()))
            .build();
        let name = self
            .name
            .or(self.fallback_name)
            .map(Value::from)
            .or_else(|| detected.get(&Key::new(http::SERVICE_NAME)))
            .unwrap_or_else(|| UNNAMED_SERVICE.into());

        let mut attributes = self.attributes;
        attributes.push(KeyValue::new(http::SERVICE_NAME, name));
        attributes.push(KeyValue::new(basalt::SDK_TYPE, "rust"));
        attributes.push(KeyValue::new(basalt::SDK_VERSION, env!("CARGO_PKG_VERSION")));
        if let Some(version) = self.version {
            attributes.push(KeyValue::new(http::SERVICE_VERSION, version));
        }
        if let Some(environment) = self.environment {
            attributes.push(KeyValue::new(http::DEPLOYMENT_ENVIRONMENT, environment.clone()));
            attributes.push(KeyValue::new(http::DEPLOYMENT_ENVIRONMENT_NAME, environment));
        }
        let detected = detected.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
        Resource::builder_empty()
            .with_attributes(detected.collect::<Vec<_>>())
            .with_attributes(attributes)
            .build()
    }
}
