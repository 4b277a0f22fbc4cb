//! What `main` holds.

use std::{fmt, sync::Arc, time::Duration};

use opentelemetry_sdk::trace::{SdkTracerProvider, SpanProcessor};

#[cfg(feature = "client")]
use crate::client::{Api, Datasets, Experiments, Prompts};
use crate::{
    BuildError, Builder, DeliveryError, FeatureSlug, Health, RootBuilder, SpanName, context::Origin,
    request::Observer, start_observe, telemetry::Pipeline,
};

/// How long [`Basalt::shutdown`] waits for what is still to be delivered.
const PATIENCE: Duration = Duration::from_secs(10);

/// Observability for one service: made once, cloned freely, shut down at the end of `main`.
///
/// ```
/// use std::time::Duration;
///
/// use basalt_core::Basalt;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let basalt = Basalt::builder().service_name("support-api").enabled(false).build()?;
/// // … serve …
/// basalt.shutdown().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Basalt {
    /// None when telemetry is off.
    on: Option<Arc<On>>,
    #[cfg(feature = "client")]
    api: Arc<Api>,
}

struct On {
    origin: Arc<Origin>,
    pipeline: Pipeline,
}

impl Basalt {
    /// Configures telemetry; the environment is read too.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A root about to start. Inside another root it becomes an inner span of the same trace; below a span
    /// of another library it becomes a child of that span and marks it.
    pub fn start_observe(
        &self,
        feature_slug: impl Into<FeatureSlug>,
        name: impl Into<SpanName>,
    ) -> RootBuilder {
        RootBuilder::new(self.origin(), FeatureSlug::given(feature_slug), SpanName::given(name))
    }

    /// Makes this the process default, for [`start_observe`](crate::start_observe()) and `#[start_observe]`, which
    /// have no handle. Nothing else needs it. A later call replaces an earlier one.
    pub fn install(&self) {
        start_observe::install(self.origin());
    }

    /// What a front needs to observe the requests of one feature.
    pub fn observer(&self, feature_slug: impl Into<FeatureSlug>) -> Observer {
        Observer::new(self.origin(), FeatureSlug::given(feature_slug))
    }

    /// A provider for other instrumentation: its spans are delivered with ours, and those that run inside
    /// a trace of ours carry its feature, identity and experiment. None when telemetry is off.
    ///
    /// ```
    /// use basalt_core::opentelemetry::global;
    ///
    /// # let basalt = basalt_core::Basalt::builder().enabled(false).build()?;
    /// if let Some(provider) = basalt.tracer_provider() {
    ///     global::set_tracer_provider(provider);
    /// }
    /// # Ok::<(), basalt_core::BuildError>(())
    /// ```
    #[must_use]
    pub fn tracer_provider(&self) -> Option<SdkTracerProvider> {
        Some(self.on.as_ref()?.pipeline.hosted_provider())
    }

    /// Brings the spans of a provider of your own here, for services that have one already: they are delivered with
    /// ours, and those that run inside a trace of ours carry its feature, identity and experiment. None when
    /// telemetry is off.
    ///
    /// ```
    /// use basalt_core::Basalt;
    /// use opentelemetry_sdk::trace::SdkTracerProvider;
    ///
    /// # let basalt = Basalt::builder().enabled(false).build()?;
    /// let mut provider = SdkTracerProvider::builder();
    /// if let Some(processor) = basalt.span_processor() {
    ///     provider = provider.with_span_processor(processor);
    /// }
    /// let provider = provider.build();
    /// # Ok::<(), basalt_core::BuildError>(())
    /// ```
    #[must_use]
    pub fn span_processor(&self) -> Option<impl SpanProcessor + use<>> {
        Some(self.on.as_ref()?.pipeline.span_processor())
    }

    /// How delivery is doing: what waits, what was sent, what was lost and why. Empty when telemetry is off.
    ///
    /// ```
    /// # let basalt = basalt_core::Basalt::builder().enabled(false).build()?;
    /// assert_eq!(basalt.health().lost(), 0);
    /// # Ok::<(), basalt_core::BuildError>(())
    /// ```
    #[must_use]
    pub fn health(&self) -> Health {
        self.on.as_ref().map(|on| on.pipeline.health()).unwrap_or_default()
    }

    /// Delivers every span that has ended so far, and flushes exporters.
    ///
    /// It returns at the limit at the latest, whatever holds delivery up, on any runtime, or none.
    ///
    /// # Errors
    ///
    /// [`DeliveryError`] if, since the last flush, a span was dropped or refused, if an exporter fails to flush, or if
    /// the limit has passed while spans wait; after a shutdown, what that has told. On the delivery thread (in an
    /// exporter, a redaction closure or a console of your own) and in a process that was forked off it is an
    /// error at once.
    pub async fn flush(&self, timeout: Duration) -> Result<(), DeliveryError> {
        match &self.on {
            Some(on) => on.pipeline.flush(timeout).await,
            None => Ok(()),
        }
    }

    /// As [`flush`](Self::flush), blocking this thread.
    ///
    /// # Errors
    ///
    /// As [`flush`](Self::flush).
    pub fn flush_blocking(&self, timeout: Duration) -> Result<(), DeliveryError> {
        match &self.on {
            Some(on) => on.pipeline.flush_blocking(timeout),
            None => Ok(()),
        }
    }

    /// Delivers every span that has ended, and that ends meanwhile, for at most ten seconds, then stops. Spans opened
    /// later do nothing. Calling it again is fine: every call waits for the same end and returns the same result.
    ///
    /// # Errors
    ///
    /// [`DeliveryError`] if a span was lost since the last flush, or is kept on disk for the next process, or if an
    /// exporter fails to shut down: it says how many, and why. On the delivery thread and in a process that was forked
    /// off it is an error at once.
    pub async fn shutdown(&self) -> Result<(), DeliveryError> {
        self.shutdown_within(PATIENCE).await
    }

    /// As [`shutdown`](Self::shutdown), with a time limit of your own.
    ///
    /// # Errors
    ///
    /// As [`shutdown`](Self::shutdown).
    pub async fn shutdown_within(&self, timeout: Duration) -> Result<(), DeliveryError> {
        match &self.on {
            Some(on) => {
                on.close()?;
                on.pipeline.shutdown(timeout).await
            }
            None => Ok(()),
        }
    }

    /// As [`shutdown`](Self::shutdown), blocking this thread.
    ///
    /// # Errors
    ///
    /// As [`shutdown`](Self::shutdown).
    pub fn shutdown_blocking(&self) -> Result<(), DeliveryError> {
        self.shutdown_blocking_within(PATIENCE)
    }

    /// As [`shutdown_within`](Self::shutdown_within), blocking this thread.
    ///
    /// # Errors
    ///
    /// As [`shutdown`](Self::shutdown).
    pub fn shutdown_blocking_within(&self, timeout: Duration) -> Result<(), DeliveryError> {
        match &self.on {
            Some(on) => {
                on.close()?;
                on.pipeline.shutdown_blocking(timeout)
            }
            None => Ok(()),
        }
    }
}

/// The Basalt API. It works with telemetry off.
#[cfg(feature = "client")]
impl Basalt {
    /// Experiments, to compare under.
    #[must_use]
    pub fn experiments(&self) -> Experiments {
        Experiments::new(&self.api)
    }

    /// Prompts, managed in Basalt.
    #[must_use]
    pub fn prompts(&self) -> Prompts {
        Prompts::new(&self.api)
    }

    /// Datasets, to evaluate with.
    #[must_use]
    pub fn datasets(&self) -> Datasets {
        Datasets::new(&self.api)
    }
}

impl On {
    /// From here on no span starts.
    fn close(&self) -> Result<(), DeliveryError> {
        self.pipeline.close()?;
        self.origin.shut_down();
        Ok(())
    }
}

impl Basalt {
    fn origin(&self) -> Option<Arc<Origin>> {
        self.on.as_ref().map(|on| Arc::clone(&on.origin))
    }
}

impl Builder {
    /// Checks the whole configuration and starts the delivery thread.
    ///
    /// # Errors
    ///
    /// [`BuildError`] for a value that cannot be used, naming the option and the cure. Values from the
    /// environment are not among them: they are warned of and ignored.
    pub fn build(self) -> Result<Basalt, BuildError> {
        let started = self.start()?;
        let on = |(origin, pipeline)| Arc::new(On { origin: Arc::new(origin), pipeline });
        Ok(Basalt {
            on: started.telemetry.map(on),
            #[cfg(feature = "client")]
            api: Api::new(started.api),
        })
    }
}

impl fmt::Debug for Basalt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Basalt").field("enabled", &self.on.is_some()).finish_non_exhaustive()
    }
}
