//! Roots outside HTTP: workers, command lines, loops.
//!
//! ```
//! use basalt_core::{Basalt, Experiment, observe};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let basalt = Basalt::builder().enabled(false).build()?;
//! let experiment = Experiment::new("exp-77")?;
//! for ticket in ["a", "b"] {
//!     basalt
//!         .start_observe("support-ticket", "analyse")
//!         .experiment(&experiment)
//!         .run(|root| async move {
//!             root.set_input(ticket);
//!             observe::observe("classify").run(|_| async {}).await;
//!         })
//!         .await;
//! }
//! # Ok(()) }
//! ```

use std::{
    fmt,
    future::Future,
    sync::{Arc, PoisonError, RwLock},
};

use serde::Serialize;

use crate::{
    EvaluationRate, Experiment, FeatureSlug, Identity, SpanName,
    context::Origin,
    current,
    evaluation::Evaluators,
    foreign,
    metadata::Metadata,
    said,
    span::{Entered, RootOpening, RootSpan, SpanHandle, run},
};

/// The process default, if there is one.
static INSTALLED: RwLock<Option<Installed>> = RwLock::new(None);

/// None when telemetry is off.
type Installed = Option<Arc<Origin>>;

pub(crate) fn install(origin: Installed) {
    *INSTALLED.write().unwrap_or_else(PoisonError::into_inner) = Some(origin);
}

/// A root about to start, of the [`Basalt`](crate::Basalt) that is the process default:
/// [`Basalt::install`](crate::Basalt::install). Without one nothing is observed, which is said once.
///
/// ```
/// use basalt_core::{Basalt, start_observe};
///
/// let basalt = Basalt::builder().enabled(false).build()?;
/// basalt.install();
/// start_observe("nightly", "digest").in_scope(|root| root.set_input(7));
/// # Ok::<(), basalt_core::BuildError>(())
/// ```
pub fn start_observe(feature_slug: impl Into<FeatureSlug>, name: impl Into<SpanName>) -> RootBuilder {
    let installed = INSTALLED.read().unwrap_or_else(PoisonError::into_inner).clone();
    if installed.is_none() {
        said::once!(error, "start_observe without a Basalt: nothing is observed before `basalt.install()`");
    }
    RootBuilder::new(installed.flatten(), FeatureSlug::given(feature_slug), SpanName::given(name))
}

/// A root about to start: [`Basalt::start_observe`](crate::Basalt::start_observe).
#[must_use = "nothing is observed until the builder is started or run"]
#[derive(Debug)]
pub struct RootBuilder {
    /// None when telemetry is off.
    origin: Option<Arc<Origin>>,
    feature_slug: FeatureSlug,
    name: SpanName,
    identity: Identity,
    experiment: Option<Experiment>,
    rate: Option<EvaluationRate>,
    evaluators: Evaluators,
    metadata: Metadata,
}

impl RootBuilder {
    pub(crate) fn new(origin: Option<Arc<Origin>>, feature_slug: FeatureSlug, name: SpanName) -> Self {
        Self {
            origin,
            feature_slug,
            name,
            identity: Identity::default(),
            experiment: None,
            rate: None,
            evaluators: Evaluators::default(),
            metadata: Metadata::default(),
        }
    }

    /// Who asks, on every span of the trace. A bare text is a user's id. Defaults to nobody.
    ///
    /// ```
    /// # use basalt_core::Identity;
    /// # let basalt = basalt_core::Basalt::builder().enabled(false).build()?;
    /// let root = basalt.start_observe("digest", "daily").identity(Identity::user("u-1").named("Ada")).start();
    /// # Ok::<(), basalt_core::BuildError>(())
    /// ```
    pub fn identity(mut self, identity: impl Into<Identity>) -> Self {
        self.identity = foreign::call(|| identity.into()).unwrap_or_default();
        self
    }

    /// The experiment the trace belongs to; it is evaluated then, whatever the rate says. Defaults to none.
    ///
    /// ```
    /// # use basalt_core::Experiment;
    /// # let basalt = basalt_core::Basalt::builder().enabled(false).build()?;
    /// let experiment = Experiment::new("exp-77")?;
    /// for row in 0..3 {
    ///     basalt.start_observe("answers", "row").experiment(&experiment).in_scope(|root| root.set_input(row));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn experiment(mut self, experiment: impl Into<Experiment>) -> Self {
        self.experiment = foreign::call(|| experiment.into()).or(self.experiment);
        self
    }

    /// How likely evaluators look at this trace, from 0.0 to 1.0; it is written on the root
    /// (`basalt.span.evaluation.config`). The coin is tossed once, for all spans of the trace; inside another
    /// root that one's coin holds. What is no probability becomes 0.0, and is said once. Defaults to the rate of
    /// [`Basalt`](crate::Basalt), which is not written.
    pub fn evaluation_rate(mut self, rate: impl Into<EvaluationRate>) -> Self {
        self.rate = foreign::call(|| rate.into()).or(self.rate);
        self
    }

    /// Evaluators for the root itself, not for the spans below it. Blank slugs are dropped. Defaults to none.
    pub fn evaluators<S: AsRef<str>>(mut self, slugs: impl IntoIterator<Item = S>) -> Self {
        self.evaluators.unite(&Evaluators::of(slugs));
        self
    }

    /// One key of the root's metadata, as [`SpanHandle::set_metadata`]; the spans below do not have it. Defaults
    /// to none.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Serialize) -> Self {
        self.metadata.insert(key, &value);
        self
    }

    /// Starts the root. It ends with [`SpanHandle::end`] or with its last clone. It does not become the active
    /// span: open steps with [`SpanHandle::child`], or make it active with
    /// [`Observe::observed`](crate::Observe::observed).
    ///
    /// ```
    /// # let basalt = basalt_core::Basalt::builder().enabled(false).build()?;
    /// let root = basalt.start_observe("support-ticket", "analyse").start();
    /// let step = root.child("parse").start();
    /// step.end();
    /// root.end();
    /// # Ok::<(), basalt_core::BuildError>(())
    /// ```
    #[must_use = "dropped at once, the root ends at once"]
    pub fn start(self) -> RootSpan {
        let Some(origin) = &self.origin else {
            return RootSpan::default();
        };
        let opening = RootOpening {
            origin,
            feature_slug: self.feature_slug,
            identity: self.identity,
            experiment: self.experiment,
            rate: self.rate,
            caller: None,
        };
        let (opened, trace) = opening.open(&current::context(), |record| {
            record.rename(self.name.into_text());
            record.annotate(&self.evaluators, &self.metadata);
        });
        RootSpan::new(SpanHandle::owning(opened, trace))
    }

    /// Runs async work inside the root, which ends with it. The value is kept as it is. The root starts when the
    /// future is first polled, and is the active span whenever the work is.
    ///
    /// Dropped half way, the root ends and says so (`basalt.span.cancelled`); a panic marks it and goes on.
    pub async fn run<F, Fut>(self, work: F) -> Fut::Output
    where
        F: FnOnce(RootSpan) -> Fut,
        Fut: Future,
    {
        run::run(self.start(), work).await
    }

    /// As [`run`](Self::run); an error is recorded and marks the root, as [`SpanHandle::set_error`].
    ///
    /// # Errors
    ///
    /// The error of the work, untouched.
    pub async fn try_run<F, Fut, T, E>(self, work: F) -> Result<T, E>
    where
        F: FnOnce(RootSpan) -> Fut,
        Fut: Future<Output = Result<T, E>>,
        E: fmt::Display,
    {
        run::try_run(self.start(), work).await
    }

    /// Starts the root and makes it the active span on this thread, for the rest of a sync block; it ends with the
    /// guard.
    pub fn enter(self) -> Entered<RootSpan> {
        Entered::new(self.start())
    }

    /// Runs sync work inside the root, which ends with it and is the active span on this thread meanwhile. A
    /// panic marks it and goes on.
    pub fn in_scope<R>(self, work: impl FnOnce(&RootSpan) -> R) -> R {
        run::in_scope(&self.start(), work)
    }
}
