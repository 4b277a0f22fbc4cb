//! The options of a layer, and what it does with each request.

use std::sync::Arc;

use http::HeaderName;
use serde::Serialize;

use super::{
    CaptureHttp, Exchange, Head, HeaderIdentity, Inbound,
    fields::{Field, Fields, Wanted},
    filter::Filter,
    forwarded::TrustedProxies,
    identify::{Sources, header_name},
};
use crate::{
    EvaluationRate, Experiment, FeatureSlug, Identity,
    context::{Baggage, Origin},
    evaluation::Evaluators,
    metadata::Metadata,
    span::RootSpan,
};

/// Opens an [`Exchange`] for every request that is observed: [`Basalt::observer`](crate::Basalt::observer).
///
/// For those who write a front; the layer of a front has setters of the same names, which say more.
#[derive(Debug, Clone)]
pub struct Observer {
    /// None when telemetry is off.
    origin: Option<Arc<Origin>>,
    pub(super) feature_slug: FeatureSlug,
    pub(super) sources: Sources,
    filter: Filter,
    pub(super) proxies: TrustedProxies,
    pub(super) inbound: Inbound,
    baggage: Baggage,
    pub(super) evaluators: Evaluators,
    pub(super) rate: Option<EvaluationRate>,
    pub(super) metadata: Metadata,
    pub(super) wanted: Wanted,
    trace_id_header: Option<HeaderName>,
    pub(super) capture: Option<Arc<CaptureHttp>>,
    pub(super) disconnects_are_errors: bool,
}

impl Observer {
    pub(crate) fn new(origin: Option<Arc<Origin>>, feature_slug: FeatureSlug) -> Self {
        Self {
            origin,
            feature_slug,
            sources: Sources::default(),
            filter: Filter::default(),
            proxies: TrustedProxies::default(),
            inbound: Inbound::default(),
            baggage: Baggage::none(),
            evaluators: Evaluators::default(),
            rate: None,
            metadata: Metadata::default(),
            wanted: Wanted::default(),
            trace_id_header: None,
            capture: None,
            disconnects_are_errors: false,
        }
    }

    /// Reads identities from headers.
    pub fn identity_from_headers(&mut self, headers: HeaderIdentity) {
        self.sources.headers = true;
        headers.ask(&mut self.wanted);
    }

    /// Asks a closure for identities.
    pub fn identity_with(&mut self, with: impl Fn(&Head<'_>) -> Option<Identity> + Send + Sync + 'static) {
        self.sources.with = Some(Arc::new(with));
    }

    /// Does not observe these paths.
    pub fn exclude<S: AsRef<str>>(&mut self, patterns: impl IntoIterator<Item = S>) {
        patterns.into_iter().for_each(|pattern| self.filter.add(pattern.as_ref()));
    }

    /// Believes what proxies in these networks say of whom they stand in for.
    pub fn trusted_proxies<S: AsRef<str>>(&mut self, networks: impl IntoIterator<Item = S>) {
        networks.into_iter().for_each(|network| self.proxies.add(network.as_ref()));
    }

    /// How far a caller's trace context is believed.
    pub fn inbound(&mut self, inbound: Inbound) {
        self.inbound = inbound;
    }

    /// What is read of a caller's baggage.
    pub fn baggage(&mut self, allowed: Baggage) {
        self.baggage = allowed;
    }

    /// Asks for evaluators on every request.
    pub fn evaluators<S: AsRef<str>>(&mut self, slugs: impl IntoIterator<Item = S>) {
        self.evaluators.unite(&Evaluators::of(slugs));
    }

    /// How likely a request is evaluated.
    pub fn evaluation_rate(&mut self, rate: impl Into<EvaluationRate>) {
        self.rate = Some(rate.into());
    }

    /// One key of every request's metadata.
    pub fn metadata(&mut self, key: impl Into<String>, value: impl Serialize) {
        self.metadata.insert(key, &value);
    }

    /// The header that names the experiment.
    pub fn experiment_header(&mut self, name: &str) {
        self.wanted.set(Field::Experiment, header_name(name));
    }

    /// The header that names the session.
    pub fn session_header(&mut self, name: &str) {
        self.wanted.set(Field::Session, header_name(name));
    }

    /// The header that names the conversation.
    pub fn conversation_header(&mut self, name: &str) {
        self.wanted.set(Field::Conversation, header_name(name));
    }

    /// The response header that tells the trace's id.
    pub fn trace_id_header(&mut self, name: &str) {
        self.trace_id_header = header_name(name);
    }

    /// What is captured of requests and answers.
    pub fn capture(&mut self, capture: CaptureHttp) {
        self.capture = Some(Arc::new(capture));
    }

    /// Counts clients that leave as errors.
    pub fn disconnects_are_errors(&mut self, yes: bool) {
        self.disconnects_are_errors = yes;
    }

    /// Whether requests for a path are observed; if not, nothing else need be known of them.
    #[inline]
    #[must_use]
    pub fn observes(&self, path: &str) -> bool {
        self.origin.is_some() && !self.filter.excludes(path)
    }

    /// Opens the exchange of a request. `verified` is asked first who the request is from; it reads what an
    /// auth middleware has left. Inside the exchange of another layer, whose handle is `outer`, no second root is
    /// opened: what this layer says is added to that one.
    #[must_use = "dropped, the exchange says that the client has left"]
    pub fn open(
        &self,
        head: &Head<'_>,
        verified: impl FnOnce() -> Option<Identity>,
        outer: Option<&RootSpan>,
    ) -> Exchange {
        let Some(origin) = self.origin.as_ref().filter(|_| !self.filter.excludes(head.path)) else {
            return Exchange::unobserved(outer);
        };
        let fields = Fields::of(head.headers, &self.wanted);
        let claims = self.inbound.baggage(self.baggage, head.headers);
        let identity = self.sources.identify(verified, head, &fields, claims.as_ref());
        let experiment = fields.claim(Field::Experiment).and_then(|id| Experiment::new(id).ok());
        let experiment = experiment.or_else(|| claims.as_ref()?.experiment.clone());
        let mut exchange = match outer {
            Some(root) => {
                self.refine(root, head, identity, experiment);
                Exchange::within(root.clone())
            }
            None => self.begin(origin, head, &fields, identity, experiment),
        };
        if let Some(id) = fields.claim(Field::Session).or_else(|| claims.as_ref()?.session.as_deref()) {
            exchange.root.set_session(id);
        }
        if let Some(id) =
            fields.claim(Field::Conversation).or_else(|| claims.as_ref()?.conversation.as_deref())
        {
            exchange.root.set_conversation(id);
        }
        if let Some(capture) = &self.capture {
            exchange.capture(capture, head.headers);
        }
        if let Some(header) = &self.trace_id_header {
            exchange.trace_id_in(header);
        }
        exchange
    }
}
