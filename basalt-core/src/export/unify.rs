//! One value per key: the SDK keeps every value that was ever set.

use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::SpanData;

use crate::{positions::Positions, semconv::basalt};

/// Keeps the last value of each attribute, as OpenTelemetry means it; but of the marks that roots leave on
/// the span around them the first, so that a second root does not disguise the first.
pub(crate) fn unify(span: &mut SpanData) {
    let given = std::mem::take(&mut span.attributes);
    let mut kept: Vec<KeyValue> = Vec::with_capacity(given.len());
    let mut positions = Positions::default();
    let mut other_experiment = false;
    for attribute in given {
        let key = attribute.key.as_str();
        let position = positions.find(&kept, key, |kept| kept.key.as_str());
        let earlier = position.and_then(|position| kept.get_mut(position));
        match earlier {
            Some(earlier) if key == basalt::EXPERIMENT_ID => {
                other_experiment = earlier.value != attribute.value;
            }
            Some(_) if basalt::MARKS.contains(&key) => {}
            Some(earlier) => earlier.value = attribute.value,
            None if other_experiment && is_of_experiment(key) => {}
            None => {
                positions.pushed(kept.len(), key);
                kept.push(attribute);
            }
        }
    }
    span.attributes = kept;
}

/// An experiment's name never stands beside another's id.
fn is_of_experiment(key: &str) -> bool {
    matches!(key, basalt::EXPERIMENT_NAME | basalt::EXPERIMENT_FEATURE_SLUG)
}

#[cfg(test)]
mod tests {
    use opentelemetry::{KeyValue, Value, trace::Span as _, trace::Tracer as _, trace::TracerProvider as _};
    use opentelemetry_sdk::trace::SdkTracerProvider;

    use super::*;

    fn unified(attributes: Vec<KeyValue>) -> Vec<(String, Value)> {
        let mut span = SdkTracerProvider::builder().build().tracer("t").start("s");
        span.set_attributes(attributes);
        let mut data = span.exported_data().unwrap();
        unify(&mut data);
        data.attributes.into_iter().map(|attribute| (attribute.key.into(), attribute.value)).collect()
    }

    #[test]
    fn the_last_value_of_a_key_is_kept_in_the_first_ones_place() {
        let attributes = vec![
            KeyValue::new("a", 1),
            KeyValue::new("b", 2),
            KeyValue::new("a", 3),
            KeyValue::new("c", 4),
            KeyValue::new("a", 5),
        ];
        let expected = [("a", 5), ("b", 2), ("c", 4)].map(|(key, value)| (key.to_owned(), Value::I64(value)));
        assert_eq!(unified(attributes), expected);
    }

    #[test]
    fn the_first_mark_of_a_root_stays() {
        let attributes =
            vec![KeyValue::new(basalt::FEATURE_SLUG, "first"), KeyValue::new(basalt::FEATURE_SLUG, "second")];
        assert_eq!(unified(attributes), [(basalt::FEATURE_SLUG.to_owned(), Value::from("first"))]);
    }

    #[test]
    fn experiments_are_never_mixed() {
        let attributes = vec![
            KeyValue::new(basalt::EXPERIMENT_ID, "one"),
            KeyValue::new(basalt::EXPERIMENT_ID, "two"),
            KeyValue::new(basalt::EXPERIMENT_NAME, "the name of two"),
        ];
        assert_eq!(unified(attributes), [(basalt::EXPERIMENT_ID.to_owned(), Value::from("one"))]);
    }
}
