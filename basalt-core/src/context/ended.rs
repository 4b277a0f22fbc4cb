//! What becomes of a span's record when the span ends.

use std::{borrow::Cow, mem, time::SystemTime};

use opentelemetry::{
    Array, Key, KeyValue, StringValue, Value,
    trace::{SpanContext, SpanId, SpanKind},
};

use super::{Carried, Record, Remarks, Role, remarks::cut_off};
use crate::{ObserveKind, semconv::basalt};

/// What a span says beside its own attributes, in a usual trace.
const USUAL: usize = 6;

/// A span that has ended, on its way to delivery.
#[derive(Debug)]
pub(crate) struct Ended {
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

impl Record {
    /// Everything that is known now, with what the trace carries and what the process says of all spans. What the
    /// trace carries comes before what was set later: if anything is dropped at the limit, it is what comes last.
    pub(super) fn end(
        mut self,
        context: SpanContext,
        end: SystemTime,
        carried: &Carried,
        metadata: &[KeyValue],
        limits: Limits,
    ) -> Ended {
        let mut remarks = self.settle();
        let own = remarks.as_ref().map(|remarks| &remarks.values);
        let mut attributes = self.given;
        let more = USUAL + self.attributes.len() + metadata.len();
        if attributes.is_empty() {
            attributes = Vec::with_capacity(more);
        } else {
            attributes.reserve(more);
        }
        let cut = carried.write(own, self.content.limit, &mut |attribute| attributes.push(attribute));
        if cut {
            remarks.get_or_insert_default().truncated.push(basalt::METADATA.into());
        }
        attributes.push(KeyValue::new(basalt::KIND, self.role.kind()));
        let place = if self.role == Role::Root { basalt::ROOT } else { basalt::TRACE };
        attributes.push(KeyValue::new(place, true));
        if let Some(remarks) = &remarks {
            attributes.extend(remarks.evaluation());
        }
        attributes.append(&mut self.attributes);
        if let Some(remarks) = &mut remarks {
            attributes.extend(names(mem::take(&mut remarks.truncated)));
        }
        attributes.extend_from_slice(metadata);
        let dropped_attributes = cut_off(&mut attributes, limits.attributes);
        Ended {
            observed: self.role.observed(),
            context,
            parent: self.above,
            parent_is_remote: self.above_is_remote,
            kind: self.kind,
            name: self.name,
            start: self.start,
            end,
            attributes,
            dropped_attributes,
            remarks,
        }
    }
}

impl Record {
    /// What is to be said only if nobody has said it by the end.
    fn settle(&mut self) -> Option<Box<Remarks>> {
        let mut remarks = self.remarks.take()?;
        if let Some(variables) = remarks.climbed.take()
            && !self.has(basalt::VARIABLES)
        {
            self.put(basalt::VARIABLES.into(), variables);
        }
        if let Some(prompt) = remarks.prompt.take() {
            for (key, payload) in prompt.attributes(self.content) {
                self.put(key.into(), payload);
            }
        }
        // What has just been put may have been cut.
        if let Some(more) = self.remarks.take() {
            remarks.truncated.extend(more.truncated);
        }
        Some(remarks)
    }
}

impl Remarks {
    /// How likely the span was to be evaluated, and by whom.
    fn evaluation(&self) -> impl Iterator<Item = KeyValue> {
        let rate = self.rate.map(|rate| KeyValue::new(basalt::EVALUATION_CONFIG, rate.config()));
        let evaluators = self.evaluators.value();
        rate.into_iter().chain(evaluators.map(|evaluators| KeyValue::new(basalt::EVALUATORS, evaluators)))
    }
}

/// The attribute that names what was cut.
fn names(truncated: Vec<Key>) -> Option<KeyValue> {
    if truncated.is_empty() {
        return None;
    }
    let names = truncated.into_iter().map(|key| StringValue::from(String::from(key))).collect();
    Some(KeyValue::new(basalt::TRUNCATED, Value::Array(Array::String(names))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ContextValues, FeatureSlug, capture::Content};

    fn ended(role: Role, limit: usize, attributes: usize, set: &[(&'static str, &'static str)]) -> Ended {
        let mut record = Record::new(role, Content { capture: Default::default(), limit });
        set.iter().for_each(|(key, text)| record.set_attribute(KeyValue::new(*key, *text)));
        let carried = Carried {
            feature_slug: FeatureSlug::from("f"),
            experiment: None,
            evaluated: false,
            values: ContextValues::default(),
        };
        let limits =
            Limits { attributes, events: 0, attributes_per_event: 0, links: 0, attributes_per_link: 0 };
        record.end(SpanContext::empty_context(), SystemTime::now(), &carried, &[], limits)
    }

    fn written(ended: &Ended) -> Vec<(&str, Value)> {
        ended.attributes.iter().map(|attribute| (attribute.key.as_str(), attribute.value.clone())).collect()
    }

    #[test]
    fn a_value_set_twice_is_written_once() {
        let ended = ended(Role::Step(ObserveKind::Span), 8, 128, &[("k", "long long text"), ("k", "new")]);
        let written = written(&ended);
        assert_eq!(written.iter().filter(|(key, _)| *key == "k").count(), 1);
        assert!(written.contains(&("k", "new".into())));
        assert!(!written.iter().any(|(key, _)| *key == basalt::TRUNCATED));
    }

    #[test]
    fn what_was_cut_is_named() {
        let ended = ended(Role::Root, 4, 128, &[("k", "long"), ("l", "longer")]);
        let written = written(&ended);
        assert!(written.contains(&("k", "long".into())));
        assert!(written.contains(&("l", "long".into())));
        let names = Value::Array(Array::String(vec!["l".into()]));
        assert!(written.contains(&(basalt::TRUNCATED, names)));
    }

    #[test]
    fn at_the_limit_the_last_is_dropped_and_not_who_asks() {
        let ended = ended(Role::Root, 64, 6, &[("k", "kept"), ("l", "lost")]);
        let keys: Vec<_> = written(&ended).into_iter().map(|(key, _)| key).collect();
        assert!(keys.contains(&basalt::FEATURE_SLUG) && keys.contains(&"k") && !keys.contains(&"l"));
        assert_eq!((keys.len(), ended.dropped_attributes), (6, 1));
    }
}
