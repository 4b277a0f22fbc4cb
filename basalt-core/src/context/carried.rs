//! What every span of a trace carries.

use std::sync::Arc;

use opentelemetry::{Key, KeyValue};

use crate::{
    ContextValues, Experiment, FeatureSlug, cut,
    semconv::{basalt, gen_ai},
};

/// What the trace says of itself, until a span says something else of itself.
#[derive(Debug, Clone)]
pub(super) struct Carried {
    pub(super) feature_slug: FeatureSlug,
    /// In few traces.
    pub(super) experiment: Option<Box<Experiment>>,
    pub(super) evaluated: bool,
    pub(super) values: ContextValues,
    /// Bytes of memory, roughly, beside its own.
    pub(super) weight: usize,
}

impl Carried {
    pub(super) fn new(
        feature_slug: FeatureSlug,
        experiment: Option<Box<Experiment>>,
        evaluated: bool,
        values: ContextValues,
    ) -> Self {
        let mut carried = Self { feature_slug, experiment, evaluated, values, weight: 0 };
        carried.weigh();
        carried
    }

    /// Once it says something else, it weighs something else.
    pub(super) fn weigh(&mut self) {
        self.weight = self.values.weight() + self.experiment.as_ref().map_or(0, |it| it.weight());
    }

    /// What an inner root says, and from the outer one what it does not.
    pub(super) fn over(&self, outer: &Carried) -> Self {
        let mut values = outer.values.clone();
        values.update(&self.values);
        let evaluated = self.evaluated || outer.evaluated;
        let experiment = self.experiment.as_ref().or(outer.experiment.as_ref()).cloned();
        Self::new(self.feature_slug.clone(), experiment, evaluated, values)
    }

    /// Hands over one attribute after the other, what the span itself says winning, and the keys of those that were
    /// cut. Identity goes first.
    pub(super) fn write(
        &self,
        own: Option<&ContextValues>,
        limit: usize,
        truncated: &mut Vec<Key>,
        attribute: &mut impl FnMut(KeyValue),
    ) {
        attribute(KeyValue::new(basalt::IN_TRACE, true));
        let mut say = |key: &'static str, text: Arc<str>| {
            let (text, is_cut) = cut::name(text, limit);
            attribute(KeyValue::new(key, text));
            if is_cut {
                truncated.push(key.into());
            }
        };
        say(basalt::FEATURE_SLUG, self.feature_slug.shared());
        let own_identity = own.map_or(&self.values.identity, |own| &own.identity);
        let identity = own_identity.attributes_over(&self.values.identity);
        let experiment = self.experiment.iter().flat_map(|experiment| experiment.attributes());
        for (key, text) in identity.chain(experiment) {
            say(key, text);
        }
        if let Some(id) = own.and_then(|own| own.session.as_ref()).or(self.values.session.as_ref()) {
            say(gen_ai::SESSION_ID, Arc::clone(id));
        }
        if let Some(id) = own.and_then(|own| own.conversation.as_ref()).or(self.values.conversation.as_ref())
        {
            say(gen_ai::CONVERSATION_ID, Arc::clone(id));
        }
        attribute(KeyValue::new(basalt::SHOULD_EVALUATE, self.evaluated));
        let own_metadata = own.map_or(&self.values.metadata, |own| &own.metadata);
        let metadata = own_metadata.over(&self.values.metadata);
        let payload = metadata.payload(limit);
        if metadata.is_cut() || payload.as_ref().is_some_and(|payload| payload.cut) {
            truncated.push(basalt::METADATA.into());
        }
        if let Some(payload) = payload {
            attribute(KeyValue::new(basalt::METADATA, payload.value));
        }
    }
}
