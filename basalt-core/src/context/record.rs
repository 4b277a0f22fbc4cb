//! What is known of one span until it ends.

use std::{borrow::Cow, sync::Arc, time::SystemTime};

use opentelemetry::{
    Key, KeyValue, Value, time,
    trace::{Event, Link, SpanContext, SpanId, SpanKind, Status},
};

use super::{Blocks, Limits, Parent, Role};
use crate::{
    ContextValues, ObserveKind, PromptRef,
    capture::Content,
    evaluation::{EvaluationRate, Evaluators},
    payload::Payload,
    semconv::basalt,
};

/// The state of one open span. OpenTelemetry's spans can neither be read back nor have a value replaced; this can,
/// until the span ends.
#[derive(Debug)]
pub(crate) struct Record {
    pub(super) name: Cow<'static, str>,
    pub(crate) kind: SpanKind,
    pub(super) start: SystemTime,
    /// The span above, here or at the caller's.
    pub(super) above: SpanId,
    pub(super) above_is_remote: bool,
    pub(super) role: Role,
    pub(super) content: Content,
    pub(crate) parent: Parent,
    /// What it began with, of which nothing is set twice.
    pub(crate) given: Vec<KeyValue>,
    pub(super) attributes: Vec<KeyValue>,
    pub(super) truncated: Vec<Key>,
    pub(super) events: Vec<Event>,
    pub(super) dropped_events: u32,
    pub(crate) links: Vec<Link>,
    pub(super) dropped_links: u32,
    /// What this span says of itself; the trace says the rest.
    pub(crate) values: ContextValues,
    pub(crate) evaluators: Evaluators,
    pub(crate) prompt: Option<Arc<PromptRef>>,
    /// Variables of a child, for want of own ones.
    climbed: Option<Box<Payload>>,
    pub(super) rate: Option<EvaluationRate>,
    pub(super) status: Status,
}

impl Record {
    pub(crate) fn new(role: Role, content: Content) -> Self {
        Self {
            name: Cow::Borrowed(""),
            kind: SpanKind::Internal,
            start: time::now(),
            above: SpanId::INVALID,
            above_is_remote: false,
            role,
            content,
            parent: Parent::Elsewhere,
            given: Vec::new(),
            attributes: Vec::new(),
            truncated: Vec::new(),
            events: Vec::new(),
            dropped_events: 0,
            links: Vec::new(),
            dropped_links: 0,
            values: ContextValues::default(),
            evaluators: Evaluators::default(),
            prompt: None,
            climbed: None,
            rate: None,
            status: Status::Unset,
        }
    }

    /// The span starts, later than it was drafted.
    pub(crate) fn begin(&mut self, name: Cow<'static, str>) {
        self.name = name;
        self.start = time::now();
    }

    /// Takes over what the blocks say where the span is opened, as far as the span says nothing else.
    pub(crate) fn enter(&mut self, blocks: &Blocks) {
        let Blocks { mut evaluators, prompt, mut values } = blocks.clone();
        evaluators.unite(&self.evaluators);
        values.update(&self.values);
        self.evaluators = evaluators;
        self.values = values;
        self.prompt = self.prompt.take().or(prompt);
    }

    pub(crate) fn rename(&mut self, name: Cow<'static, str>) {
        self.name = name;
    }

    pub(crate) fn content(&self) -> Content {
        self.content
    }

    /// Sets an attribute, replacing what was there.
    pub(crate) fn set(&mut self, key: impl Into<Key>, payload: Payload) {
        let key = key.into();
        if let Some(twin) = self.twin(&key) {
            self.put(twin.into(), payload.clone());
        }
        self.put(key, payload);
    }

    /// Sets an attribute that nobody else has set.
    pub(crate) fn set_if_unset(&mut self, key: &'static str, payload: Payload) {
        if !self.has(key) {
            self.set(key, payload);
        }
    }

    /// Sets an attribute that came from elsewhere, cutting text at the limit.
    pub(crate) fn set_attribute(&mut self, attribute: KeyValue) {
        let payload = match attribute.value {
            Value::String(text) if text.as_str().len() > self.content.limit => {
                Payload::text(text.as_str(), self.content.limit)
            }
            value => Payload { value, cut: false },
        };
        self.set(attribute.key, payload);
    }

    /// Sets an attribute that the span itself ends with; whoever has set it before is overruled.
    pub(crate) fn conclude(&mut self, key: &'static str, value: impl Into<Value>) {
        let payload = Payload { value: value.into(), cut: false };
        if self.attributes.is_empty() {
            self.given.push(KeyValue::new(key, payload.value));
        } else {
            self.put(key.into(), payload);
        }
    }

    pub(super) fn is_step(&self) -> bool {
        matches!(self.role, Role::Step(_))
    }

    pub(super) fn is_root(&self) -> bool {
        self.role == Role::Root
    }

    pub(crate) fn set_kind(&mut self, kind: ObserveKind) {
        self.role = Role::Step(kind);
    }

    pub(crate) fn set_rate(&mut self, rate: EvaluationRate) {
        self.rate = Some(rate);
    }

    /// The last status wins, but for OK, which is final.
    pub(crate) fn set_status(&mut self, status: Status) {
        if !matches!((&self.status, &status), (Status::Ok, _) | (_, Status::Unset)) {
            self.status = status;
        }
    }

    /// For a status without a reason: whoever gave one keeps it.
    pub(crate) fn set_status_if_unset(&mut self, status: Status) {
        if self.status == Status::Unset {
            self.status = status;
        }
    }

    /// Names attributes that were cut before they came here.
    pub(crate) fn name_truncated(&mut self, keys: Vec<Key>) {
        self.truncated.extend(keys);
    }

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

    /// Points at another span. Beyond the limit it is only counted.
    pub(super) fn add_link(&mut self, to: SpanContext, mut attributes: Vec<KeyValue>, limits: Limits) {
        if self.links.len() < limits.links {
            let dropped = cut_off(&mut attributes, limits.attributes_per_link);
            self.links.push(Link::new(to, attributes, dropped));
        } else {
            self.dropped_links += 1;
        }
    }

    /// Variables of a child, which stay as long as there are no own ones.
    pub(crate) fn climb(&mut self, variables: Payload) {
        self.climbed.get_or_insert_with(|| Box::new(variables));
    }

    /// What is to be said only if nobody has said it by the end.
    pub(super) fn settle(&mut self) {
        if let Some(variables) = self.climbed.take()
            && !self.has(basalt::VARIABLES)
        {
            self.put(basalt::VARIABLES.into(), *variables);
        }
        if let Some(prompt) = self.prompt.take() {
            for (key, payload) in prompt.attributes(self.content) {
                self.put(key.into(), payload);
            }
        }
    }

    fn has(&self, key: &str) -> bool {
        self.attributes.iter().any(|attribute| attribute.key.as_str() == key)
    }

    /// A tool's payloads and an event's are written under keys of their own as well.
    fn twin(&self, key: &Key) -> Option<&'static str> {
        match (self.role, key.as_str()) {
            (Role::Step(ObserveKind::Tool), basalt::INPUT) => Some(basalt::TOOL_INPUT),
            (Role::Step(ObserveKind::Tool), basalt::OUTPUT) => Some(basalt::TOOL_OUTPUT),
            _ => None,
        }
    }

    fn put(&mut self, key: Key, payload: Payload) {
        self.truncated.retain(|truncated| *truncated != key);
        if payload.cut {
            self.truncated.push(key.clone());
        }
        match self.attributes.iter_mut().find(|attribute| attribute.key == key) {
            Some(attribute) => attribute.value = payload.value,
            None => self.attributes.push(KeyValue::new(key, payload.value)),
        }
    }
}

/// How many attributes were too many.
pub(super) fn cut_off(attributes: &mut Vec<KeyValue>, limit: usize) -> u32 {
    let dropped = attributes.len().saturating_sub(limit);
    attributes.truncate(limit);
    u32::try_from(dropped).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(role: Role, limit: usize) -> Record {
        Record::new(role, Content { capture: Default::default(), limit })
    }

    #[test]
    fn the_last_status_wins_unless_it_was_ok() {
        let mut record = self::record(Role::Root, 4);
        record.set_status(Status::error("b"));
        record.set_status(Status::error("a"));
        record.set_status(Status::Unset);
        assert_eq!(record.status, Status::error("a"));
        record.set_status(Status::Ok);
        record.set_status(Status::error("c"));
        assert_eq!(record.status, Status::Ok);
    }
}
