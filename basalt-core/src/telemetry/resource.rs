//! What is said of the service itself, once per batch.

use opentelemetry::{Array, Key, KeyValue, StringValue, Value};
use opentelemetry_sdk::{
    Resource,
    resource::{EnvResourceDetector, TelemetryResourceDetector},
};

use serde::Serialize;

use crate::{
    payload::{LIMIT, Payload, Tree},
    semconv::{basalt, http},
};

/// A resource attribute's value; none for nothing. A list of texts, of bools or of numbers stays a list.
pub(super) fn value(value: &impl Serialize) -> Option<Value> {
    let tree = Tree::of(value).value;
    let list = tree.as_array().and_then(|items| list(items));
    list.map(Value::Array).or_else(|| Some(Payload::of(value, LIMIT)?.value.into()))
}

/// None for items of several types, and for an empty list, which has no type.
fn list(items: &[serde_json::Value]) -> Option<Array> {
    fn all<'a, T>(
        items: &'a [serde_json::Value],
        item: impl Fn(&'a serde_json::Value) -> Option<T>,
    ) -> Option<Vec<T>> {
        items.iter().map(item).collect()
    }
    if items.is_empty() {
        return None;
    }
    let texts = all(items, |item| item.as_str().map(|text| StringValue::from(text.to_owned())));
    texts
        .map(Array::String)
        .or_else(|| all(items, serde_json::Value::as_bool).map(Array::Bool))
        .or_else(|| all(items, serde_json::Value::as_i64).map(Array::I64))
        .or_else(|| all(items, serde_json::Value::as_f64).map(Array::F64))
}

/// The name of a service that has none, as the official SDKs have it.
const UNNAMED_SERVICE: &str = "basalt-sdk";

/// What the configuration says of the service.
#[derive(Debug, Default)]
pub(super) struct Service {
    pub(super) name: Option<String>,
    /// Taken when neither code nor `OTEL_RESOURCE_ATTRIBUTES` names the service.
    pub(super) fallback_name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) environment: Option<String>,
    pub(super) attributes: Vec<KeyValue>,
}

impl Service {
    /// `OTEL_RESOURCE_ATTRIBUTES` comes first, the configuration wins over it.
    pub(super) fn resource(self) -> Resource {
        let detected = Resource::builder_empty()
            .with_detector(Box::new(TelemetryResourceDetector))
            .with_detector(Box::new(EnvResourceDetector::new()))
            .build();
        let name = self
            .name
            .or(self.fallback_name)
            .map(Value::from)
            .or_else(|| detected.get(&Key::new(http::SERVICE_NAME)))
            .unwrap_or_else(|| UNNAMED_SERVICE.into());

        let mut attributes = self.attributes;
        attributes.push(KeyValue::new(http::SERVICE_NAME, name));
        attributes.push(KeyValue::new(basalt::SDK_TYPE, "rust"));
        attributes.push(KeyValue::new(basalt::SDK_VERSION, env!("CARGO_PKG_VERSION")));
        if let Some(version) = self.version {
            attributes.push(KeyValue::new(http::SERVICE_VERSION, version));
        }
        if let Some(environment) = self.environment {
            attributes.push(KeyValue::new(http::DEPLOYMENT_ENVIRONMENT, environment.clone()));
            attributes.push(KeyValue::new(http::DEPLOYMENT_ENVIRONMENT_NAME, environment));
        }
        let detected = detected.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
        Resource::builder_empty()
            .with_attributes(detected.collect::<Vec<_>>())
            .with_attributes(attributes)
            .build()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_of_one_type_stay_lists_and_all_else_is_what_an_attribute_is() {
        let cases = [
            (json!(["a", "b"]), Some(Value::Array(vec![StringValue::from("a"), "b".into()].into()))),
            (json!([true, false]), Some(Value::Array(vec![true, false].into()))),
            (json!([1, 2]), Some(Value::Array(vec![1_i64, 2].into()))),
            (json!([1, 2.5]), Some(Value::Array(vec![1.0, 2.5].into()))),
            (json!(["a", 1]), Some("[\"a\",1]".into())),
            (json!([]), Some("[]".into())),
            (json!({"a": [1]}), Some("{\"a\":[1]}".into())),
            (json!(7), Some(7.into())),
            (json!(null), None),
        ];
        for (given, expected) in cases {
            assert_eq!(value(&given), expected, "{given}");
        }
    }
}
