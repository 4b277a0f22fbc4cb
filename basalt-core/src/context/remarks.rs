//! What few spans say.

use std::sync::Arc;

use opentelemetry::trace::{Event, Link, Status};

use super::Truncated;
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
    pub(super) truncated: Truncated,
    pub(crate) events: Vec<Event>,
    /// Bytes of events and links.
    pub(super) bytes: usize,
    pub(crate) dropped_events: u32,
    pub(crate) links: Vec<Link>,
    pub(crate) dropped_links: u32,
    pub(crate) status: Status,
}

impl Remarks {
    /// Bytes of memory, roughly.
    pub(super) fn weight(&self) -> usize {
        let climbed = self.climbed.as_ref().map_or(0, |variables| variables.value.weight());
        let prompt = self.prompt.as_ref().map_or(0, |prompt| prompt.weight());
        let status = if let Status::Error { description } = &self.status { description.len() } else { 0 };
        let said = of_events_and_links(&self.events, &self.links) + self.values.weight();
        let names = self.truncated.weight() + self.evaluators.weight();
        size_of::<Self>() + said + climbed + prompt + status + names
    }

    pub(super) fn drop_event(&mut self) {
        self.dropped_events = self.dropped_events.saturating_add(1);
    }

    pub(super) fn drop_link(&mut self) {
        self.dropped_links = self.dropped_links.saturating_add(1);
    }
}
