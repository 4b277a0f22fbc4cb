//! What few spans say.

use std::{borrow::Cow, sync::Arc, time::SystemTime};

use opentelemetry::{
    Key, KeyValue,
    trace::{Event, Link, SpanContext, Status},
};

use super::Limits;
use crate::{
    ContextValues, PromptRef,
    evaluation::{EvaluationRate, Evaluators},
    payload::Payload,
    weight::of_events_and_links,
};

/// The part of a record that stays away until it is needed, so that the others are small.
#[derive(Debug, Default)]
pub(crate) struct Remarks {
    /// What the span says of itself; the trace says the rest.
    pub(crate) values: ContextValues,
    pub(crate) evaluators: Evaluators,
    pub(crate) prompt: Option<Arc<PromptRef>>,
    /// Variables of a child, for want of own ones.
    pub(super) climbed: Option<Payload>,
    pub(super) rate: Option<EvaluationRate>,
    /// Keys of attributes that were cut.
    pub(super) truncated: Vec<Key>,
    pub(crate) events: Vec<Event>,
    pub(crate) dropped_events: u32,
    pub(crate) links: Vec<Link>,
    pub(crate) dropped_links: u32,
    pub(crate) status: Status,
}

impl Remarks {
    /// Records that something happened. Beyond the limit it is only counted.
    pub(super) fn add_event(
        &mut self,
        name: Cow<'static, str>,
        time: SystemTime,
        mut attributes: Vec<KeyValue>,
        limits: Limits,
    ) {
        if self.events.len() < limits.events {
            let dropped = cut_off(&mut attributes, limits.attributes_per_event);
            self.events.push(Event::new(name, time, attributes, dropped));
        } else {
            self.dropped_events += 1;
        }
    }

    /// Bytes of memory, roughly.
    pub(super) fn weight(&self) -> usize {
        let climbed = self.climbed.as_ref().map_or(0, |variables| variables.value.weight());
        let prompt = self.prompt.as_ref().map_or(0, |prompt| prompt.weight());
        let said = of_events_and_links(&self.events, &self.links) + self.values.weight();
        size_of::<Self>() + said + climbed + prompt
    }

    /// Points at another span. Beyond the limit it is only counted.
    pub(super) fn add_link(&mut self, to: SpanContext, mut attributes: Vec<KeyValue>, limits: Limits) {
        if self.links.len() < limits.links {
            let dropped = cut_off(&mut attributes, limits.attributes_per_link);
            self.links.push(Link::new(to, attributes, dropped));
        } else {
            self.dropped_links += 1;
        }
    }
}

/// How many attributes were too many.
pub(super) fn cut_off(attributes: &mut Vec<KeyValue>, limit: usize) -> u32 {
    let dropped = attributes.len().saturating_sub(limit);
    attributes.truncate(limit);
    u32::try_from(dropped).unwrap_or(u32::MAX)
}
