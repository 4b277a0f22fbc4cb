//! Configuration in code.

use std::sync::atomic::AtomicBool;

use opentelemetry::KeyValue;
use serde::Serialize;

use super::{BuildError, Otlp, Pipeline, config::Config, env::Environment, resource};
use crate::{
    ContextValues,
    capture::Capture,
    context::Origin,
    evaluation::Coin,
    export::{Bounds, Exporter, Printer, Protocol, Redaction},
    payload::{self, Payload},
    secret::Secret,
    semconv::basalt,
    tls::Provider,
};

/// Configures telemetry: [`Basalt::builder`](crate::Basalt::builder).
///
/// `BASALT_*` environment variables win over what is said here, which wins over `OTEL_*` variables. Without
/// an API key, an endpoint or an exporter, finished traces are printed as trees on standard error.
///
/// ```
/// use basalt_core::Basalt;
///
/// let basalt = Basalt::builder()
///     .service_name("support-api")
///     .environment("staging")
///     .endpoint("http://127.0.0.1:4317")
///     .build()?;
/// # Ok::<(), basalt_core::BuildError>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is observed until it is built"]
pub struct Builder {
    pub(super) api_key: Option<Secret>,
    #[cfg(feature = "client")]
    pub(super) api: super::api::Api,
    pub(super) endpoint: Option<String>,
    pub(super) protocol: Option<Protocol>,
    pub(super) headers: Vec<(String, Secret)>,
    pub(super) exporters: Vec<Box<dyn Exporter>>,
    pub(super) destinations: Vec<Otlp>,
    pub(super) printer: Printer,
    pub(super) bounds: Bounds,
    #[cfg(feature = "spool")]
    pub(super) spool: Option<std::path::PathBuf>,
    #[cfg(feature = "spool")]
    pub(super) max_spool_bytes: u64,
    pub(super) enabled: Option<bool>,
    pub(super) service_name: Option<String>,
    pub(super) service_version: Option<String>,
    pub(super) environment: Option<String>,
    pub(super) resource_attributes: Vec<KeyValue>,
    pub(super) global_metadata: Vec<KeyValue>,
    pub(super) default_context: ContextValues,
    pub(super) capture: Capture,
    pub(super) redaction: Redaction,
    pub(super) provider: Provider,
    pub(super) max_payload_bytes: usize,
    pub(super) evaluation_rate: f64,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            api_key: None,
            #[cfg(feature = "client")]
            api: super::api::Api::default(),
            endpoint: None,
            protocol: None,
            headers: Vec::new(),
            exporters: Vec::new(),
            destinations: Vec::new(),
            printer: Printer::default(),
            bounds: Bounds::default(),
            #[cfg(feature = "spool")]
            spool: None,
            #[cfg(feature = "spool")]
            max_spool_bytes: 512 * 1024 * 1024,
            enabled: None,
            service_name: None,
            service_version: None,
            environment: None,
            resource_attributes: Vec::new(),
            global_metadata: Vec::new(),
            default_context: ContextValues::new(),
            capture: Capture::On,
            redaction: Redaction::default(),
            provider: Provider::default(),
            max_payload_bytes: payload::LIMIT,
            evaluation_rate: 0.0,
        }
    }
}

impl Builder {
    /// Whether anything is observed at all. `BASALT_TELEMETRY_ENABLED` wins over it. Defaults to true, or to
    /// false under `OTEL_SDK_DISABLED=true`.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = Some(enabled);
        self
    }

    /// `service.name`. `BASALT_SERVICE_NAME` wins over it. Defaults to `OTEL_SERVICE_NAME`, then `basalt-sdk`.
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = Some(name.into());
        self
    }

    /// `service.version`. Defaults to none.
    pub fn service_version(mut self, version: impl Into<String>) -> Self {
        self.service_version = Some(version.into());
        self
    }

    /// `deployment.environment`, and the newer `deployment.environment.name`. `BASALT_ENVIRONMENT` wins over
    /// it. Defaults to none.
    pub fn environment(mut self, name: impl Into<String>) -> Self {
        self.environment = Some(name.into());
        self
    }

    /// A resource attribute of your own, said once per batch of the service itself: text, number, bool or a list of
    /// one of these as it is, anything else as JSON text. It wins over `OTEL_RESOURCE_ATTRIBUTES`. Defaults to none.
    ///
    /// ```
    /// # use basalt_core::Basalt;
    /// let builder = Basalt::builder().resource_attribute("team", "growth").resource_attribute("zones", ["a", "b"]);
    /// ```
    pub fn resource_attribute(mut self, key: impl Into<String>, value: impl Serialize) -> Self {
        if let Some(value) = resource::value(&value) {
            self.resource_attributes.push(KeyValue::new(key.into(), value));
        }
        self
    }

    /// Metadata on every span of every trace, as `basalt.meta.<key>`, spans of other libraries inside our traces
    /// included: text, number or bool as it is, anything else as JSON text. Defaults to none.
    ///
    /// ```
    /// # use basalt_core::Basalt;
    /// let builder = Basalt::builder().global_metadata("region", "eu").global_metadata("canary", false);
    /// ```
    pub fn global_metadata(mut self, key: impl AsRef<str>, value: impl Serialize) -> Self {
        if let Some(payload) = Payload::of(&value, payload::LIMIT) {
            let key = format!("{}{}", basalt::META_PREFIX, key.as_ref());
            self.global_metadata.push(KeyValue::new(key, payload.value));
        }
        self
    }

    /// What every trace begins with: user, organization, session, conversation, metadata of the whole process, as
    /// far as a root says nothing else. For command lines and desktop programs, which serve one user. Defaults to
    /// nothing.
    ///
    /// ```
    /// # use basalt_core::{Basalt, ContextValues};
    /// let values = ContextValues::new().identity("u-1").metadata("shell", "zsh");
    /// let builder = Basalt::builder().default_context(values);
    /// ```
    pub fn default_context(mut self, values: ContextValues) -> Self {
        self.default_context = values;
        self
    }

    /// Whether content is captured: payloads, query text, prompts, completions, bodies. One switch for all of
    /// it; names, figures, identity and metadata are written either way. Defaults to true.
    pub fn trace_content(mut self, capture: impl Into<Capture>) -> Self {
        self.capture = capture.into();
        self
    }

    /// How many bytes of one value are kept; what is longer is cut at a character and named in
    /// `basalt.truncated`. Defaults to 65,536.
    pub fn max_payload_bytes(mut self, bytes: usize) -> Self {
        self.max_payload_bytes = bytes;
        self
    }

    /// How many traces are evaluated, from 0.0 to 1.0, where a root names no rate of its own.
    /// `BASALT_SAMPLE_RATE` wins over it. Defaults to 0.0.
    pub fn evaluation_rate(mut self, rate: f64) -> Self {
        self.evaluation_rate = rate;
        self
    }

    /// Checks the whole configuration and starts the delivery thread.
    pub(crate) fn start(self) -> Result<Started, BuildError> {
        let config = Config::resolve(self, Environment::read())?;
        #[cfg(feature = "client")]
        let api = config.api;
        let telemetry = match config.enabled {
            true => {
                let pipeline = Pipeline::start(
                    config.destinations,
                    config.resource,
                    config.bounds,
                    config.redaction,
                    config.metadata.clone(),
                    config.content.limit,
                )?;
                let origin = Origin {
                    spans: pipeline.span_source(),
                    content: config.content,
                    values: Some(config.values).filter(|values| *values != ContextValues::default()),
                    rate: config.rate,
                    coin: Coin::default(),
                    metadata: config.metadata,
                    known_methods: config.known_methods,
                    shut_down: AtomicBool::new(false),
                };
                Some((origin, pipeline))
            }
            false => None,
        };
        Ok(Started {
            telemetry,
            #[cfg(feature = "client")]
            api,
        })
    }
}

/// What a configuration has become.
pub(crate) struct Started {
    /// None if telemetry is off.
    pub(crate) telemetry: Option<(Origin, Pipeline)>,
    #[cfg(feature = "client")]
    pub(crate) api: crate::client::Target,
}
