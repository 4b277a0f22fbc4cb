//! What is known of one span until it ends.

use std::{borrow::Cow, time::SystemTime};

use opentelemetry::{
    Key, KeyValue, Value,
    trace::{SpanId, SpanKind, Status},
};

use super::{Attributes, Blocks, Parent, Remarks, Role};
use crate::{
    ObserveKind,
    asked::Asked,
    capture::Content,
    cut,
    evaluation::{EvaluationRate, Evaluators},
    metadata::Metadata,
    payload::Payload,
    semconv::{basalt, http},
};

/// The state of one open span. OpenTelemetry's spans can neither be read back nor have a value replaced; this can,
/// until the span ends. It is long, and stays where it is from draft to delivery.
#[derive(Debug)]
pub(crate) struct Record {
    /// None for what a request is called.
    pub(super) name: Option<Cow<'static, str>>,
    pub(crate) kind: SpanKind,
    /// This and the next three are known once the span has started.
    pub(super) start: SystemTime,
    pub(super) id: SpanId,
    /// The span above, here or at the caller's.
    pub(super) above: SpanId,
    pub(super) above_is_remote: bool,
    pub(super) role: Role,
    pub(super) content: Content,
    pub(crate) parent: Parent,
    /// None outside HTTP.
    pub(crate) asked: Option<Asked>,
    pub(super) attributes: Attributes,
    /// None on most spans.
    pub(super) remarks: Option<Box<Remarks>>,
}

impl Record {
    pub(crate) fn new(role: Role, content: Content, parent: Parent) -> Box<Self> {
        Box::new(Self {
            name: None,
            kind: SpanKind::Internal,
            start: SystemTime::UNIX_EPOCH,
            id: SpanId::INVALID,
            above: SpanId::INVALID,
            above_is_remote: false,
            role,
            content,
            parent,
            asked: None,
            attributes: Attributes::default(),
            remarks: None,
        })
    }

    /// What few spans say, to be added to.
    pub(crate) fn remarks(&mut self) -> &mut Remarks {
        self.remarks.get_or_insert_default()
    }

    /// Takes over what the blocks say where the span is opened, as far as the span says nothing else.
    pub(crate) fn enter(&mut self, blocks: &Blocks) {
        let Blocks { mut evaluators, prompt, mut values } = blocks.clone();
        let own = self.remarks();
        evaluators.unite(&own.evaluators);
        values.update(&own.values);
        own.evaluators = evaluators;
        own.values = values;
        own.prompt = own.prompt.take().or(prompt);
    }

    /// Adds evaluators and metadata.
    pub(crate) fn annotate(&mut self, evaluators: &Evaluators, metadata: &Metadata) {
        if !evaluators.is_empty() || !metadata.is_empty() {
            let own = self.remarks();
            own.evaluators.unite(evaluators);
            own.values.metadata.merge(metadata);
        }
    }

    pub(crate) fn content(&self) -> Content {
        self.content
    }

    /// Sets an attribute, replacing what was there.
    #[inline]
    pub(crate) fn set(&mut self, key: impl Into<Key>, payload: Payload) {
        let key = key.into();
        if self.role == Role::Step(ObserveKind::Tool) {
            self.put_twin(&key, &payload);
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
        let (value, cut) = cut::value(attribute.value, self.content.limit);
        self.set(attribute.key, Payload { cut, ..Payload::whole(value) });
    }

    /// Sets an attribute that the span itself ends with; whoever has set it before is overruled.
    pub(crate) fn conclude(&mut self, key: &'static str, value: impl Into<Value>) {
        self.put(key.into(), Payload::whole(value));
    }

    pub(super) fn is_step(&self) -> bool {
        matches!(self.role, Role::Step(_))
    }

    pub(super) fn is_root(&self) -> bool {
        self.role == Role::Root
    }

    pub(crate) fn observed_kind(&self) -> ObserveKind {
        self.role.observed()
    }

    pub(crate) fn set_kind(&mut self, kind: ObserveKind) {
        self.role = Role::Step(kind);
    }

    pub(crate) fn set_rate(&mut self, rate: EvaluationRate) {
        self.remarks().rate = Some(rate);
    }

    /// The last status wins, but for OK, which is final.
    pub(crate) fn set_status(&mut self, status: Status) {
        if status != Status::Unset && self.status() != &Status::Ok {
            let status = self.bounded_status(status);
            self.remarks().status = status;
        }
    }

    /// For a status without a reason: whoever gave one keeps it.
    pub(crate) fn set_status_if_unset(&mut self, status: Status) {
        if status != Status::Unset && self.status() == &Status::Unset {
            let status = self.bounded_status(status);
            self.remarks().status = status;
        }
    }

    fn status(&self) -> &Status {
        self.remarks.as_ref().map_or(&Status::Unset, |remarks| &remarks.status)
    }

    /// Names the message of an exception that was cut before it came here, as an attribute of its event and as the
    /// status's description.
    pub(crate) fn name_cut_message(&mut self) {
        let truncated = &mut self.remarks().truncated;
        truncated.add(http::EXCEPTION_MESSAGE.into());
        truncated.set_status(true);
    }

    /// Names attributes that were cut before they came here.
    pub(crate) fn name_truncated(&mut self, keys: Vec<Key>) {
        if !keys.is_empty() {
            self.remarks().truncated.extend(keys);
        }
    }

    /// Variables of a child, the latest, which stay as long as there are no own ones.
    pub(crate) fn climb(&mut self, variables: Payload) {
        self.remarks().climbed = Some(variables);
    }

    /// Whether somebody has set an attribute.
    pub(crate) fn has(&mut self, key: &str) -> bool {
        self.attributes.has(key)
    }

    /// A tool's payloads are written under keys of their own as well.
    #[cold]
    fn put_twin(&mut self, key: &Key, payload: &Payload) {
        let twin = match key.as_str() {
            basalt::INPUT => basalt::TOOL_INPUT,
            basalt::OUTPUT => basalt::TOOL_OUTPUT,
            _ => return,
        };
        self.put(twin.into(), payload.clone());
    }

    #[inline]
    pub(super) fn put(&mut self, key: Key, payload: Payload) {
        if payload.cut || self.remarks.is_some() {
            self.put_and_name(key, payload);
        } else {
            self.attributes.set(key, payload.value);
        }
    }

    #[cold]
    fn put_and_name(&mut self, key: Key, payload: Payload) {
        let name = key.clone();
        if self.attributes.set(key, payload.value) {
            self.remarks().truncated.set(&name, payload.cut);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(role: Role, limit: usize) -> Box<Record> {
        Record::new(role, Content { capture: Default::default(), limit }, Parent::Elsewhere)
    }

    #[test]
    fn the_last_status_wins_unless_it_was_ok() {
        let mut record = self::record(Role::Root, 4);
        record.set_status(Status::error("b"));
        record.set_status(Status::error("a"));
        record.set_status(Status::Unset);
        assert_eq!(*record.status(), Status::error("a"));
        record.set_status(Status::Ok);
        record.set_status(Status::error("c"));
        assert_eq!(*record.status(), Status::Ok);
    }
}
