//! A span as it is delivered, and the list of its attributes.

use std::{borrow::Cow, time::SystemTime};

use opentelemetry::{
    KeyValue,
    trace::{SpanContext, SpanId, SpanKind},
};

use super::Remarks;
use crate::{
    ObserveKind,
    positions::Positions,
    semconv::{basalt, is_own},
};

/// A span as it is delivered.
#[derive(Debug)]
pub(crate) struct Written {
    /// Decides the instrumentation scope.
    pub(crate) observed: ObserveKind,
    pub(crate) context: SpanContext,
    pub(crate) parent: SpanId,
    pub(crate) parent_is_remote: bool,
    pub(crate) kind: SpanKind,
    pub(crate) name: Cow<'static, str>,
    pub(crate) start: SystemTime,
    pub(crate) end: SystemTime,
    pub(crate) attributes: Vec<KeyValue>,
    pub(crate) dropped_attributes: u32,
    /// Events, links and status, where there are any.
    pub(crate) remarks: Option<Box<Remarks>>,
}

/// How much of a span is kept: OpenTelemetry's limits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) attributes: usize,
    pub(crate) events: usize,
    pub(crate) attributes_per_event: usize,
    pub(crate) links: usize,
    pub(crate) attributes_per_link: usize,
}

/// One value per key.
#[derive(Debug)]
pub(super) struct List {
    attributes: Vec<KeyValue>,
    positions: Positions,
    /// Where what the span itself has set begins.
    first: usize,
}

impl List {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self { attributes: Vec::with_capacity(capacity), positions: Positions::default(), first: 0 }
    }

    /// Adds what nobody else says.
    pub(super) fn push(&mut self, attribute: KeyValue) {
        self.attributes.push(attribute);
        self.first = self.attributes.len();
    }

    /// The last value of a key counts, but for the marks among those that were pushed.
    pub(super) fn set(&mut self, attribute: KeyValue) {
        let key = attribute.key.as_str();
        let Some(position) = self.positions.find(&self.attributes, key, |known| known.key.as_str()) else {
            self.positions.pushed(self.attributes.len(), key);
            return self.attributes.push(attribute);
        };
        if position < self.first && basalt::MARKS.contains(&key) {
            return;
        }
        if let Some(earlier) = self.attributes.get_mut(position) {
            *earlier = attribute;
        }
    }

    /// What is left within OpenTelemetry's limit, and how many were dropped: the last ones, but none that Basalt itself
    /// writes.
    pub(super) fn within(self, limit: usize) -> (Vec<KeyValue>, u32) {
        let mut attributes = self.attributes;
        let given = attributes.len();
        if given > limit {
            let own = attributes.iter().filter(|attribute| is_own(attribute.key.as_str())).count();
            let mut room = limit.saturating_sub(own);
            attributes.retain(|attribute| {
                if is_own(attribute.key.as_str()) {
                    return true;
                }
                let fits = room > 0;
                room = room.saturating_sub(1);
                fits
            });
        }
        let dropped = given - attributes.len();
        (attributes, u32::try_from(dropped).unwrap_or(u32::MAX))
    }
}
