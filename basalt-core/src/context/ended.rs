//! What becomes of a span's record when the span ends.

use std::{borrow::Cow, time::SystemTime};

use opentelemetry::{
    Array, Key, KeyValue, StringValue, Value,
    trace::{Event, Link, SpanContext, SpanId, SpanKind, Status},
};

use super::{Carried, Record, Role, record::cut_off};
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
    pub(crate) events: Vec<Event>,
    pub(crate) dropped_events: u32,
    pub(crate) links: Vec<Link>,
    pub(crate) dropped_links: u32,
    pub(crate) status: Status,
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
        self.settle();
        let mut attributes = self.given;
        attributes.reserve(USUAL + self.attributes.len() + metadata.len());
        let cut =
            carried.write(&self.values, self.content.limit, &mut |attribute| attributes.push(attribute));
        if cut {
            self.truncated.push(basalt::METADATA.into());
        }
        attributes.push(KeyValue::new(basalt::KIND, self.role.kind()));
        let place = if self.role == Role::Root { basalt::ROOT } else { basalt::TRACE };
        attributes.push(KeyValue::new(place, true));
        if let Some(rate) = self.rate {
            attributes.push(KeyValue::new(basalt::EVALUATION_CONFIG, rate.config()));
        }
        if let Some(evaluators) = self.evaluators.value() {
            attributes.push(KeyValue::new(basalt::EVALUATORS, evaluators));
        }
        attributes.append(&mut self.attributes);
        attributes.extend(names(self.truncated));
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
            events: self.events,
            dropped_events: self.dropped_events,
            links: self.links,
            dropped_links: self.dropped_links,
            status: self.status,
        }
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
        let carried = Carried::new(FeatureSlug::from("f"), ContextValues::default());
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
