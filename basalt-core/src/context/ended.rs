//! What becomes of a span's record when the span ends.

use std::{mem, sync::Arc, time::SystemTime};

use opentelemetry::{KeyValue, trace::SpanContext};

use super::{Carried, Limits, Record, Remarks, Role, Written, written::List};
use crate::{asked::Asked, semconv::basalt, weight::of_name};

/// What a span says beside its own attributes, in a usual trace. So many fit into what the C library keeps at hand.
const USUAL: usize = 18;

/// A span that has ended, on its way to delivery: all that is known of it, not yet written.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(super) context: SpanContext,
    pub(super) record: Box<Record>,
    /// What its trace carried when it ended.
    pub(super) carried: Arc<Carried>,
    pub(super) end: SystemTime,
}

impl Ended {
    pub(crate) fn end_time(&self) -> SystemTime {
        self.end
    }

    /// Bytes of memory, roughly.
    pub(crate) fn weight(&self) -> usize {
        let Record { name, asked, attributes, remarks, .. } = &*self.record;
        size_of::<Self>()
            + size_of::<Record>()
            + name.as_ref().map_or(0, of_name)
            + asked.as_ref().map_or(0, Asked::weight)
            + attributes.weight()
            + remarks.as_ref().map_or(0, |remarks| remarks.weight())
            + self.carried.weight
    }

    /// Everything that was known, with what the process says of all spans. What the trace carries comes before what was
    /// set later.
    pub(crate) fn write(self, metadata: &[KeyValue], limits: Limits) -> Written {
        let Self { context, mut record, carried, end } = self;
        let mut remarks = record.settle();
        let name = record.name.take().or_else(|| record.asked.as_ref().map(Asked::name));
        let mut list = List::with_capacity(USUAL + record.attributes.len() + metadata.len());
        if let Some(asked) = record.asked.take() {
            asked.write(&mut |attribute| list.push(attribute));
        }
        let mut cut = Vec::new();
        let own = remarks.as_ref().map(|remarks| &remarks.values);
        carried.write(own, record.content.limit, &mut cut, &mut |attribute| list.push(attribute));
        list.push(KeyValue::new(basalt::KIND, record.role.kind()));
        let place = if record.role == Role::Root { basalt::ROOT } else { basalt::TRACE };
        list.push(KeyValue::new(place, true));
        if !cut.is_empty() {
            remarks.get_or_insert_default().truncated.extend(cut);
        }
        if let Some(remarks) = &mut remarks {
            remarks.evaluation(record.content.limit, &mut |attribute| list.push(attribute));
        }
        let dropped = record.attributes.dropped();
        record.attributes.into_iter().for_each(|(key, value)| list.set(KeyValue::new(key, value)));
        if let Some(names) = remarks.as_mut().and_then(|remarks| mem::take(&mut remarks.truncated).value()) {
            list.set(KeyValue::new(basalt::TRUNCATED, names));
        }
        metadata.iter().for_each(|attribute| list.set(attribute.clone()));
        let (attributes, cut_off) = list.within(limits.attributes);
        Written {
            observed: record.role.observed(),
            context,
            parent: record.above,
            parent_is_remote: record.above_is_remote,
            kind: record.kind,
            name: name.unwrap_or_default(),
            start: record.start,
            end,
            attributes,
            dropped_attributes: dropped.saturating_add(cut_off),
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
            remarks.truncated.extend(more.truncated.into_keys());
        }
        Some(remarks)
    }
}

impl Remarks {
    /// How likely the span was to be evaluated, and by whom.
    fn evaluation(&mut self, limit: usize, attribute: &mut impl FnMut(KeyValue)) {
        if let Some(rate) = self.rate {
            attribute(KeyValue::new(basalt::EVALUATION_CONFIG, rate.config()));
        }
        let (evaluators, cut) = self.evaluators.value(limit);
        if cut {
            self.truncated.add(basalt::EVALUATORS.into());
        }
        if let Some(evaluators) = evaluators {
            attribute(KeyValue::new(basalt::EVALUATORS, evaluators));
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::{Array, Value};

    use super::{super::Parent, *};
    use crate::{
        ContextValues, Experiment, FeatureSlug, ObserveKind, PromptRef, capture::Content, payload::Payload,
    };

    fn ended(role: Role, limit: usize, attributes: usize, set: &[(&'static str, &'static str)]) -> Written {
        let mut record = Record::new(role, Content { capture: Default::default(), limit }, Parent::Elsewhere);
        set.iter().for_each(|(key, text)| record.set_attribute(KeyValue::new(*key, *text)));
        let carried = Carried::new(FeatureSlug::from("f"), None, false, ContextValues::default());
        let limits =
            Limits { attributes, events: 0, attributes_per_event: 0, links: 0, attributes_per_link: 0 };
        let context = SpanContext::empty_context();
        Ended { context, record, carried: Arc::new(carried), end: SystemTime::now() }.write(&[], limits)
    }

    fn written(ended: &Written) -> Vec<(&str, Value)> {
        ended.attributes.iter().map(|attribute| (attribute.key.as_str(), attribute.value.clone())).collect()
    }

    #[test]
    fn what_a_span_says_is_weighed_wherever_it_is_kept() {
        type Say = dyn Fn(&mut Record, &mut Carried);
        let weight = |say: &Say| {
            let content = Content { capture: Default::default(), limit: 1 << 20 };
            let mut record = Record::new(Role::Root, content, Parent::Elsewhere);
            let mut carried = Carried::new(FeatureSlug::from("f"), None, false, ContextValues::default());
            say(&mut record, &mut carried);
            carried.weigh();
            let (context, end) = (SpanContext::empty_context(), SystemTime::now());
            Ended { context, record, carried: Arc::new(carried), end }.weight()
        };
        fn long() -> String {
            "x".repeat(10_000)
        }
        let nothing = weight(&|_, _| ());
        assert!(nothing < 1_200);
        let says: [&Say; 9] = [
            &|record, _| record.rename(long().into()),
            &|record, _| record.set_attribute(KeyValue::new("k", long())),
            &|record, _| record.climb(Payload::text(&long(), 1 << 20)),
            &|record, _| record.remarks().prompt = Some(Arc::new(PromptRef::new("p").variables([long()]))),
            &|record, _| record.remarks().values = ContextValues::new().metadata("k", long()),
            &|_, carried| carried.values = ContextValues::new().metadata("k", [[long()]]),
            &|_, carried| carried.values = ContextValues::new().identity(&*long()),
            &|_, carried| carried.values = ContextValues::new().session(long()),
            &|_, carried| carried.experiment = Experiment::new(long()).ok().map(Box::new),
        ];
        for (number, say) in says.into_iter().enumerate() {
            let more = weight(say) - nothing;
            assert!((10_000..11_000).contains(&more), "{number}: {more}");
        }
    }

    #[test]
    fn of_values_long_and_short_the_last_is_written_and_no_two_long_ones_are_kept() {
        let long = |letter: &str| letter.repeat(10_000);
        let content = Content { capture: Default::default(), limit: 1 << 20 };
        let mut record = Record::new(Role::Step(ObserveKind::Span), content, Parent::Elsewhere);
        let mut set = |text: String| record.set_attribute(KeyValue::new("k", text));
        for number in 0..100 {
            set(long("a"));
            set(number.to_string());
            set(long("b"));
        }
        set("last".to_owned());
        let carried = Carried::new(FeatureSlug::from("f"), None, false, ContextValues::default());
        let (context, end) = (SpanContext::empty_context(), SystemTime::now());
        let ended = Ended { context, record, carried: Arc::new(carried), end };
        assert!(ended.weight() < 12_000, "{}", ended.weight());
        let limits =
            Limits { attributes: 128, events: 0, attributes_per_event: 0, links: 0, attributes_per_link: 0 };
        let written = ended.write(&[], limits);
        let values: Vec<_> = written.attributes.iter().filter(|set| set.key.as_str() == "k").collect();
        assert_eq!(values, [&KeyValue::new("k", "last")]);
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
    fn no_attribute_says_otherwise_what_a_span_is() {
        let set = [(basalt::KIND, "tool"), (basalt::FEATURE_SLUG, "other"), (basalt::EXPERIMENT_ID, "e")];
        let ended = ended(Role::Root, 64, 128, &set);
        let written = written(&ended);
        assert!(written.contains(&(basalt::KIND, "basalt_trace".into())));
        assert!(written.contains(&(basalt::FEATURE_SLUG, "f".into())));
        assert!(written.contains(&(basalt::EXPERIMENT_ID, "e".into())), "nothing was said of it");
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
