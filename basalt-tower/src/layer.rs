//! The layer, and its options.

use std::sync::Arc;

use basalt_core::{
    Basalt, EvaluationRate, FeatureSlug, HeaderIdentity, Identify, Identity, Inbound,
    request::{Head, Observer},
};
use http::HeaderName;
use serde::Serialize;
use tower_layer::Layer;

use crate::{
    BasaltService,
    identity::{Verified, from_extension},
};

/// Observes every request with [`BasaltService`]. See the [crate docs](crate) for an example.
#[derive(Debug, Clone)]
#[must_use = "a layer does nothing until it is applied"]
pub struct BasaltLayer {
    options: Options,
}

/// What the layer and its services share.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) observer: Observer,
    pub(crate) verified: Option<Verified>,
    pub(crate) trace_id_header: Option<HeaderName>,
}

impl BasaltLayer {
    /// Observes requests that serve one feature. A blank slug becomes `unnamed`.
    pub fn new(basalt: &Basalt, feature_slug: impl Into<FeatureSlug>) -> Self {
        let observer = basalt.observer(feature_slug);
        Self { options: Options { observer, verified: None, trace_id_header: None } }
    }

    /// Takes the identity from what an auth layer outside this one has put into the request's extensions.
    /// This answer comes before all others. Defaults to none.
    ///
    /// ```
    /// # use basalt_tower::{Basalt, BasaltLayer, Identify, Identity};
    /// # let basalt = Basalt::builder().enabled(false).build()?;
    /// #[derive(Clone)]
    /// struct Claims { sub: String }
    ///
    /// impl Identify for Claims {
    ///     fn identity(&self) -> Identity {
    ///         Identity::user(&self.sub)
    ///     }
    /// }
    ///
    /// let layer = BasaltLayer::new(&basalt, "support-chat").identity_from_extension::<Claims>();
    /// # Ok::<(), basalt_tower::BuildError>(())
    /// ```
    pub fn identity_from_extension<C: Identify + Send + Sync + 'static>(mut self) -> Self {
        self.options.verified = Some(from_extension::<C>);
        self
    }

    /// Asks a closure who a request is from, if no extension says it. Defaults to none.
    pub fn identity_with(
        mut self,
        with: impl Fn(&Head<'_>) -> Option<Identity> + Send + Sync + 'static,
    ) -> Self {
        self.options.observer.identity_with(with);
        self
    }

    /// Believes headers about who a request is from, if nothing else says it. Headers are claims: only for
    /// services that are reached through a gateway that sets them. Defaults to not reading any.
    pub fn identity_from_headers(mut self, headers: HeaderIdentity) -> Self {
        self.options.observer.identity_from_headers(headers);
        self
    }

    /// Paths that are not observed; a trailing `/*` excludes what is below. Inside such a request `observe`
    /// does nothing. Defaults to none.
    pub fn exclude<S: AsRef<str>>(mut self, paths: impl IntoIterator<Item = S>) -> Self {
        self.options.observer.exclude(paths);
        self
    }

    /// How far a caller's `traceparent` is believed. Defaults to [`Inbound::Continue`].
    pub fn inbound(mut self, inbound: Inbound) -> Self {
        self.options.observer.inbound(inbound);
        self
    }

    /// Evaluators for the request's root span. Blank slugs are dropped. Defaults to none.
    pub fn evaluators<S: AsRef<str>>(mut self, slugs: impl IntoIterator<Item = S>) -> Self {
        self.options.observer.evaluators(slugs);
        self
    }

    /// How likely a request is evaluated, from 0.0 to 1.0. Defaults to the rate of [`Basalt`].
    pub fn evaluation_rate(mut self, rate: impl Into<EvaluationRate>) -> Self {
        self.options.observer.evaluation_rate(rate);
        self
    }

    /// One key of the metadata of every request's root span. Defaults to none.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Serialize) -> Self {
        self.options.observer.metadata(key, value);
        self
    }

    /// The header that names the experiment a request belongs to. Defaults to none.
    pub fn experiment_header(mut self, name: &str) -> Self {
        self.options.observer.experiment_header(name);
        self
    }

    /// The header that names the user's session (`session.id`). Defaults to none.
    pub fn session_header(mut self, name: &str) -> Self {
        self.options.observer.session_header(name);
        self
    }

    /// The header that names the conversation (`gen_ai.conversation.id`). Defaults to none.
    pub fn conversation_header(mut self, name: &str) -> Self {
        self.options.observer.conversation_header(name);
        self
    }

    /// The response header that tells the caller the trace's id, on errors too. Defaults to none.
    pub fn trace_id_header(mut self, name: &str) -> Self {
        self.options.trace_id_header = basalt_core::request::header_name(name);
        self
    }

    /// Whether a client that leaves before the answer's end marks the span as failed. Defaults to false.
    pub fn disconnects_are_errors(mut self, yes: bool) -> Self {
        self.options.observer.disconnects_are_errors(yes);
        self
    }
}

impl<S> Layer<S> for BasaltLayer {
    type Service = BasaltService<S>;

    fn layer(&self, inner: S) -> BasaltService<S> {
        BasaltService::new(inner, Arc::new(self.options.clone()))
    }
}
