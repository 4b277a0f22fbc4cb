//! Configuration in code.

use std::sync::atomic::AtomicBool;

use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::SpanExporter;
use serde::Serialize;

use super::{BuildError, Otlp, Pipeline, config::Config, env::Environment};
use crate::{
    ContextValues,
    capture::Capture,
    context::Origin,
    evaluation::Coin,
    export::{Bounds, Exporter, Printer, Protocol, Redaction},
    payload::{self, Payload},
    secret::Secret,
    semconv::basalt,
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
    pub(super) max_payload_bytes: usize,
    pub(super) evaluation_rate: f64,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            api_key: None,
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
            max_payload_bytes: payload::LIMIT,
            evaluation_rate: 0.0,
        }
    }
}

impl Builder {
    /// The key of a Basalt workspace, sent as `authorization: Bearer …` to wherever traces go. It is never
    /// logged or shown. `BASALT_API_KEY` wins over it. Defaults to none.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into().into());
        self
    }

    /// Where traces go: an `http(s)` URL is OTLP/HTTP, unless its host contains `grpc` or its port is 4317
    /// and its path empty. `BASALT_OTEL_EXPORTER_OTLP_ENDPOINT` wins over it. Defaults to Basalt with an API
    /// key, to the console without.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// How the endpoint given in code is spoken to, where its URL does not tell. Defaults to what
    /// [`endpoint`](Self::endpoint) says.
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// A header sent with every batch, for collectors that want more than the API key. Its value is treated as
    /// a secret; the name and value are checked by `build`. Defaults to none.
    ///
    /// ```
    /// # use basalt_core::Basalt;
    /// let basalt = Basalt::builder().endpoint("http://127.0.0.1:4318").header("x-tenant", "acme").build()?;
    /// # Ok::<(), basalt_core::BuildError>(())
    /// ```
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into().into()));
        self
    }

    /// An exporter of your own, instead of the endpoint; each one given receives every span. It runs on the
    /// delivery thread, inside a tokio runtime: an exporter that blocks holds up the others. Defaults to none.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// # use basalt_core::{Basalt, testing::Recorder};
    /// let recorder = Recorder::new();
    /// let basalt = Basalt::builder().exporter(recorder.clone()).build()?;
    /// # }
    /// # Ok::<(), basalt_core::BuildError>(())
    /// ```
    pub fn exporter(mut self, exporter: impl SpanExporter + 'static) -> Self {
        self.exporters.push(Box::new(exporter));
        self
    }

    /// A collector of your own choosing, instead of the endpoint, beside other destinations and exporters: each one
    /// receives every span. `BASALT_API_KEY` and the endpoint of the environment do not reach it. Defaults to none.
    ///
    /// ```
    /// # use basalt_core::{Basalt, Otlp};
    /// let basalt = Basalt::builder().destination(Otlp::new("http://127.0.0.1:4317")).build()?;
    /// # Ok::<(), basalt_core::BuildError>(())
    /// ```
    pub fn destination(mut self, otlp: Otlp) -> Self {
        self.destinations.push(otlp);
        self
    }

    /// What finished traces are printed by where they go nowhere else: one call with whole lines, of one or more
    /// trees. For programs that draw on the terminal themselves, as a progress bar does. It runs on the delivery
    /// thread. Defaults to writing on standard error.
    ///
    /// ```
    /// # use basalt_core::Basalt;
    /// let builder = Basalt::builder().console(|trees| print!("{trees}"));
    /// ```
    pub fn console(mut self, print: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.printer = Printer::new(print);
        self
    }

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

    /// A resource attribute of your own, said once per batch of the service itself: text, number or bool as it
    /// is, anything else as JSON text. It wins over `OTEL_RESOURCE_ATTRIBUTES`. Defaults to none.
    ///
    /// ```
    /// # use basalt_core::Basalt;
    /// let builder = Basalt::builder().resource_attribute("team", "growth").resource_attribute("replicas", 3);
    /// ```
    pub fn resource_attribute(mut self, key: impl Into<String>, value: impl Serialize) -> Self {
        if let Some(payload) = Payload::of(&value, payload::LIMIT) {
            self.resource_attributes.push(KeyValue::new(key.into(), payload.value));
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

    /// What is masked in everything that leaves, on the delivery thread, before any exporter, the console included.
    /// Defaults to the preset `secrets`.
    ///
    /// ```
    /// # use basalt_core::{Basalt, Redaction};
    /// let redaction = Redaction::builder().pii(true).key("ssn").build()?;
    /// let builder = Basalt::builder().redaction(redaction);
    /// # Ok::<(), basalt_core::InvalidPattern>(())
    /// ```
    pub fn redaction(mut self, redaction: Redaction) -> Self {
        self.redaction = redaction;
        self
    }

    /// How many bytes of one value are kept; what is longer is cut at a character and named in
    /// `basalt.truncated`. Defaults to 65,536.
    pub fn max_payload_bytes(mut self, bytes: usize) -> Self {
        self.max_payload_bytes = bytes;
        self
    }

    /// How many spans may wait to be delivered at once; what comes on top is dropped and counted. Defaults to
    /// 65,536, at least 1.
    pub fn max_queue_spans(mut self, spans: usize) -> Self {
        self.bounds.spans = spans;
        self
    }

    /// How many bytes may wait to be delivered, before they are packed and, again, at each destination after they
    /// are: where a collector is away, the oldest are dropped and counted. Defaults to 64 MiB, at least 1 MiB.
    pub fn max_queue_bytes(mut self, bytes: usize) -> Self {
        self.bounds.bytes = bytes;
        self
    }

    /// A directory, made if it is missing, for batches that a collector does not take: the oldest go there when
    /// [`max_queue_bytes`](Self::max_queue_bytes) is reached, and all that wait when this process shuts down, or drops
    /// its last handle. They are sent, in order, when the collector is back, by this process or by the next one with
    /// this directory and a destination of the same name. Several processes may share it. Nothing but the user
    /// of this process can read it.
    ///
    /// Shutting down, and dropping the last handle, wait until the batches are on the disk. The console and exporters
    /// of your own keep nothing. Defaults to none.
    ///
    /// ```no_run
    /// # use basalt_core::Basalt;
    /// let basalt = Basalt::builder().endpoint("http://127.0.0.1:4317").spool("/var/lib/shop/spans").build()?;
    /// # Ok::<(), basalt_core::BuildError>(())
    /// ```
    #[cfg(feature = "spool")]
    pub fn spool(mut self, directory: impl Into<std::path::PathBuf>) -> Self {
        self.spool = Some(directory.into());
        self
    }

    /// How many bytes may lie on disk, for each destination and each process; where more come, the oldest are dropped
    /// and counted. Files count as whole blocks of 4 KiB. Defaults to 512 MiB, at least 1 MiB.
    #[cfg(feature = "spool")]
    pub fn max_spool_bytes(mut self, bytes: u64) -> Self {
        self.max_spool_bytes = bytes;
        self
    }

    /// How many traces are evaluated, from 0.0 to 1.0, where a root names no rate of its own.
    /// `BASALT_SAMPLE_RATE` wins over it. Defaults to 0.0.
    pub fn evaluation_rate(mut self, rate: f64) -> Self {
        self.evaluation_rate = rate;
        self
    }

    /// Checks the whole configuration and starts the delivery thread; none if telemetry is off.
    pub(crate) fn start(self) -> Result<Option<(Origin, Pipeline)>, BuildError> {
        let config = Config::resolve(self, Environment::read())?;
        if !config.enabled {
            return Ok(None);
        }
        let pipeline =
            Pipeline::start(config.destinations, config.resource, config.bounds, config.redaction)?;
        let origin = Origin {
            spans: pipeline.span_source(),
            content: config.content,
            values: config.values,
            rate: config.rate,
            coin: Coin::default(),
            metadata: config.metadata,
            known_methods: config.known_methods,
            shut_down: AtomicBool::new(false),
        };
        Ok(Some((origin, pipeline)))
    }
}
