//! What is known of one span until it ends.

use std::sync::Arc;

use opentelemetry::{
    Array, Context, Key, KeyValue, StringValue, Value,
    trace::{SpanId, Status},
};

use super::{Blocks, Carried};
use crate::{
    ContextValues, ObserveKind, PromptRef,
    capture::Content,
    evaluation::{EvaluationRate, Evaluators},
    payload::Payload,
    semconv::basalt,
};

/// Where a span stands in its trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The first of its trace in this process.
    Root,
    /// A root opened inside another.
    InnerRoot,
    /// Anything below a root.
    Step(ObserveKind),
}

impl Role {
    fn kind(self) -> &'static str {
        match self {
            Self::Root | Self::InnerRoot => "basalt_trace",
            Self::Step(kind) => kind.as_str(),
        }
    }
}

/// The span that a span stands below, as far as it can be written to.
#[derive(Debug, Clone)]
pub(crate) enum Parent {
    /// None in this process.
    Elsewhere,
    /// One with a record.
    Recorded(SpanId),
    /// Another library's; what it stands in.
    Other(Context),
}

/// The state of one open span, kept beside the SDK's span because that one can neither be read back nor
/// have a value replaced. It is written once, when the span ends.
#[derive(Debug)]
pub(crate) struct Record {
    role: Role,
    content: Content,
    pub(crate) parent: Parent,
    attributes: Vec<KeyValue>,
    truncated: Vec<Key>,
    /// What this span says of itself; the trace says the rest.
    pub(crate) values: ContextValues,
    pub(crate) evaluators: Evaluators,
    pub(crate) prompt: Option<Arc<PromptRef>>,
    /// Variables of a child, for want of own ones.
    climbed: Option<Payload>,
    rate: Option<EvaluationRate>,
    status: Status,
}

impl Record {
    pub(crate) fn new(role: Role, content: Content) -> Self {
        Self {
            role,
            content,
            parent: Parent::Elsewhere,
            attributes: Vec::new(),
            truncated: Vec::new(),
            values: ContextValues::default(),
            evaluators: Evaluators::default(),
            prompt: None,
            climbed: None,
            rate: None,
            status: Status::Unset,
        }
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

    pub(crate) fn is_root(&self) -> bool {
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

    /// Variables of a child, which stay as long as there are no own ones.
    pub(crate) fn climb(&mut self, variables: Payload) {
        self.climbed.get_or_insert(variables);
    }

    /// Hands everything over: attributes one by one, then the status.
    pub(super) fn write(mut self, carried: Carried, attribute: &mut impl FnMut(KeyValue)) -> Status {
        if let Some(variables) = self.climbed.take()
            && !self.has(basalt::VARIABLES)
        {
            self.put(basalt::VARIABLES.into(), variables);
        }
        if let Some(prompt) = self.prompt.take() {
            for (key, payload) in prompt.attributes(self.content) {
                self.put(key.into(), payload);
            }
        }
        self.truncated.extend(carried.write(Some(&self.values), self.content.limit, attribute));
        attribute(KeyValue::new(basalt::KIND, self.role.kind()));
        match self.role {
            Role::Root => attribute(KeyValue::new(basalt::ROOT, true)),
            Role::InnerRoot | Role::Step(_) => attribute(KeyValue::new(basalt::TRACE, true)),
        }
        if let Some(rate) = self.rate {
            attribute(KeyValue::new(basalt::EVALUATION_CONFIG, rate.config()));
        }
        if let Some(evaluators) = self.evaluators.value() {
            attribute(KeyValue::new(basalt::EVALUATORS, evaluators));
        }
        self.attributes.into_iter().for_each(&mut *attribute);
        if !self.truncated.is_empty() {
            let names = self.truncated.into_iter().map(|key| StringValue::from(String::from(key))).collect();
            attribute(KeyValue::new(basalt::TRUNCATED, Value::Array(Array::String(names))));
        }
        self.status
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FeatureSlug;

    fn record(role: Role, limit: usize) -> Record {
        Record::new(role, Content { capture: Default::default(), limit })
    }

    fn written(record: Record) -> Vec<(String, Value)> {
        let mut out = Vec::new();
        let carried = Carried::new(FeatureSlug::from("f"), ContextValues::default());
        record.write(carried, &mut |attribute| out.push((attribute.key.to_string(), attribute.value)));
        out
    }

    #[test]
    fn a_value_set_twice_is_written_once() {
        let mut record = self::record(Role::Step(ObserveKind::Span), 8);
        record.set_attribute(KeyValue::new("k", "long long text"));
        record.set_attribute(KeyValue::new("k", "new"));
        let written = written(record);
        assert_eq!(written.iter().filter(|(key, _)| key == "k").count(), 1);
        assert!(written.contains(&("k".to_owned(), "new".into())));
        assert!(!written.iter().any(|(key, _)| key == basalt::TRUNCATED));
    }

    #[test]
    fn what_was_cut_is_named() {
        let mut record = self::record(Role::Root, 4);
        record.set_attribute(KeyValue::new("k", "long"));
        record.set_attribute(KeyValue::new("l", "longer"));
        let written = written(record);
        assert!(written.contains(&("k".to_owned(), "long".into())));
        assert!(written.contains(&("l".to_owned(), "long".into())));
        let names = Value::Array(Array::String(vec!["l".into()]));
        assert!(written.contains(&(basalt::TRUNCATED.to_owned(), names)));
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
