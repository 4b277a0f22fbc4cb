//! The options of a layer, and what it does with each request.

use std::sync::Arc;

use http::HeaderName;
use opentelemetry::{
    Context,
    trace::{SpanBuilder as OtelBuilder, SpanKind},
};
use serde::Serialize;

use super::{
    Exchange, Head, HeaderIdentity, Inbound,
    describe::Description,
    exchange::Open,
    filter::Filter,
    identify::{Sources, claim, header_name},
};
use crate::{
    EvaluationRate, Experiment, FeatureSlug, Identity,
    context::{Origin, is_local},
    evaluation::Evaluators,
    metadata::Metadata,
    method::Method,
    span::{RootOpening, RootSpan, SpanHandle},
};

/// Opens an [`Exchange`] for every request that is observed: [`Basalt::observer`](crate::Basalt::observer).
///
/// For those who write a front; the layer of a front has setters of the same names, which say more.
#[derive(Debug, Clone)]
pub struct Observer {
    /// None when telemetry is off.
    origin: Option<Arc<Origin>>,
    feature_slug: FeatureSlug,
    sources: Sources,
    filter: Filter,
    inbound: Inbound,
    evaluators: Evaluators,
    rate: Option<EvaluationRate>,
    metadata: Metadata,
    experiment_header: Option<HeaderName>,
    session_header: Option<HeaderName>,
    conversation_header: Option<HeaderName>,
    disconnects_are_errors: bool,
}

impl Observer {
    pub(crate) fn new(origin: Option<Arc<Origin>>, feature_slug: FeatureSlug) -> Self {
        Self {
            origin,
            feature_slug,
            sources: Sources::default(),
            filter: Filter::default(),
            inbound: Inbound::default(),
            evaluators: Evaluators::default(),
            rate: None,
            metadata: Metadata::default(),
            experiment_header: None,
            session_header: None,
            conversation_header: None,
            disconnects_are_errors: false,
        }
    }

    /// Reads identities from headers.
    pub fn identity_from_headers(&mut self, headers: HeaderIdentity) {
        self.sources.headers = Some(headers);
    }

    /// Asks a closure for identities.
    pub fn identity_with(&mut self, with: impl Fn(&Head<'_>) -> Option<Identity> + Send + Sync + 'static) {
        self.sources.with = Some(Arc::new(with));
    }

    /// Does not observe these paths.
    pub fn exclude<S: AsRef<str>>(&mut self, patterns: impl IntoIterator<Item = S>) {
        patterns.into_iter().for_each(|pattern| self.filter.add(pattern.as_ref()));
    }

    /// How far a caller's trace context is believed.
    pub fn inbound(&mut self, inbound: Inbound) {
        self.inbound = inbound;
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
        self.experiment_header = header_name(name);
    }

    /// The header that names the session.
    pub fn session_header(&mut self, name: &str) {
        self.session_header = header_name(name);
    }

    /// The header that names the conversation.
    pub fn conversation_header(&mut self, name: &str) {
        self.conversation_header = header_name(name);
    }

    /// Counts clients that leave as errors.
    pub fn disconnects_are_errors(&mut self, yes: bool) {
        self.disconnects_are_errors = yes;
    }

    /// Opens the exchange of a request. `verified` is asked first who the request is from; it reads what an
    /// auth middleware has left.
    #[must_use = "dropped, the exchange says that the client has left"]
    pub fn open(&self, head: &Head<'_>, verified: impl FnOnce() -> Option<Identity>) -> Exchange {
        let Some(origin) = &self.origin else {
            return Exchange::default();
        };
        if self.filter.excludes(head.path) {
            return Exchange::default();
        }
        let method = Method::of(head.method, origin.known_methods.as_deref());
        let description = Description::of(head, &method, origin.content.limit);
        let (parent, link) = self.inbound.parent(Context::current(), head.headers);

        let kind = if is_local(&parent) { SpanKind::Internal } else { SpanKind::Server };
        let mut builder = OtelBuilder::from_name(method.name_with(head.route)).with_kind(kind);
        builder.attributes = Some(description.attributes);
        builder.links = link.map(|link| vec![link]);

        let opening = RootOpening {
            origin,
            feature_slug: self.feature_slug.clone(),
            identity: self.sources.identify(verified, head),
            experiment: self.experiment(head),
            rate: self.rate,
            evaluators: self.evaluators.clone(),
            metadata: self.metadata.clone(),
            truncated: description.truncated,
        };
        let handle = SpanHandle::borrowing(opening.open(builder, &parent));
        let exchange = Exchange::new(Open {
            root: RootSpan::of_request(handle, method),
            method_is_head: head.method == "HEAD",
            routed: head.route.is_some(),
            disconnects_are_errors: self.disconnects_are_errors,
            answered: None,
            remaining: None,
        });
        let root = exchange.root();
        if let Some(id) = claim(head, &self.session_header) {
            root.set_session(id);
        }
        if let Some(id) = claim(head, &self.conversation_header) {
            root.set_conversation(id);
        }
        exchange
    }

    fn experiment(&self, head: &Head<'_>) -> Option<Experiment> {
        Experiment::new(claim(head, &self.experiment_header)?).ok()
    }
}
