//! What every span of a trace carries.

use opentelemetry::{Key, KeyValue};

use crate::{
    ContextValues, Experiment, FeatureSlug,
    semconv::{basalt, gen_ai},
};

/// What the trace says of itself, until a span says something else of itself.
#[derive(Debug, Clone)]
pub(super) struct Carried {
    pub(super) feature_slug: FeatureSlug,
    pub(super) experiment: Option<Experiment>,
    pub(super) evaluated: bool,
    pub(super) values: ContextValues,
}

impl Carried {
    pub(super) fn new(feature_slug: FeatureSlug, values: ContextValues) -> Self {
        Self { feature_slug, experiment: None, evaluated: false, values }
    }

    /// What an inner root says, and from the outer one what it does not.
    pub(super) fn over(self, outer: Carried) -> Self {
        let mut values = outer.values;
        values.update(&self.values);
        Self {
            feature_slug: self.feature_slug,
            experiment: self.experiment.or(outer.experiment),
            evaluated: self.evaluated || outer.evaluated,
            values,
        }
    }

    /// Hands over one attribute after the other, what the span itself says winning. Identity goes first: if
    /// anything is dropped at the SDK's limit, it is what comes later. Returns the key of what was cut.
    pub(super) fn write(
        mut self,
        own: Option<&ContextValues>,
        limit: usize,
        attribute: &mut impl FnMut(KeyValue),
    ) -> Option<Key> {
        if let Some(own) = own {
            self.values.update(own);
        }
        attribute(KeyValue::new(basalt::IN_TRACE, true));
        attribute(KeyValue::new(basalt::FEATURE_SLUG, self.feature_slug.shared()));
        attribute(KeyValue::new(basalt::SHOULD_EVALUATE, self.evaluated));
        let identity = self.values.identity.attributes();
        let experiment = self.experiment.iter().flat_map(Experiment::attributes);
        let session = self.values.session.map(|id| (gen_ai::SESSION_ID, id));
        let conversation = self.values.conversation.map(|id| (gen_ai::CONVERSATION_ID, id));
        for (key, text) in identity.chain(experiment).chain(session).chain(conversation) {
            attribute(KeyValue::new(key, text));
        }
        let mut cut = self.values.metadata.is_cut();
        if let Some(metadata) = self.values.metadata.payload(limit) {
            attribute(KeyValue::new(basalt::METADATA, metadata.value));
            cut |= metadata.cut;
        }
        cut.then(|| basalt::METADATA.into())
    }
}
