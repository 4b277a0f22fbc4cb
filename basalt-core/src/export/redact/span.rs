//! Everything of a span that is text or has a name.

use std::borrow::Cow;

use opentelemetry::{Array, KeyValue, StringValue, Value, trace::Status};
use opentelemetry_sdk::{Resource, trace::SpanData};

use super::{
    key::Verdict,
    mask::{MASK, masked},
    random::looks_secret,
    rules::Rules,
};
use crate::semconv::basalt::TRUNCATED;

/// What closures are told of texts that stand under no key.
const NAME: &str = "span.name";
const EVENT: &str = "event.name";
const STATUS: &str = "status.description";

/// Bytes of a name that may have been cut.
const LONG: usize = 1_024;

impl Rules {
    pub(super) fn span(&self, span: &mut SpanData) {
        if self.is_empty() {
            return;
        }
        self.name(NAME, &mut span.name);
        let truncated = truncated(&span.attributes);
        for KeyValue { key, value, .. } in &mut span.attributes {
            let cut = truncated.iter().any(|truncated| truncated.as_str() == key.as_str());
            self.value(key.as_str(), value, cut);
        }
        if let Status::Error { description } = &mut span.status {
            self.name(STATUS, description);
        }
        for event in &mut span.events.events {
            self.name(EVENT, &mut event.name);
            self.attributes(&mut event.attributes);
        }
        span.links.links.iter_mut().for_each(|link| self.attributes(&mut link.attributes));
    }

    pub(super) fn resource(&self, resource: &Resource) -> Resource {
        let attributes = resource.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
        let mut attributes: Vec<_> = attributes.collect();
        self.attributes(&mut attributes);
        let builder = Resource::builder_empty();
        match resource.schema_url() {
            Some(url) => builder.with_schema_url(attributes, url.to_owned()).build(),
            None => builder.with_attributes(attributes).build(),
        }
    }

    fn attributes(&self, attributes: &mut [KeyValue]) {
        attributes
            .iter_mut()
            .for_each(|attribute| self.value(attribute.key.as_str(), &mut attribute.value, false));
    }

    /// Nothing tells whether a long name was cut: it is taken for one that was.
    fn name(&self, key: &str, name: &mut Cow<'static, str>) {
        if let Some(new) = self.text(key, name, name.len() >= LONG) {
            *name = new.into();
        }
    }

    fn value(&self, key: &str, value: &mut Value, cut: bool) {
        match (self.judged.verdict(key, |key| self.keys.judge(key)), &mut *value) {
            (Verdict::Secret | Verdict::Likely, Value::Bool(_)) => {}
            (Verdict::Secret | Verdict::Named, value) => blank(value),
            (Verdict::Likely, Value::String(text)) if looks_secret(text.as_str()) => rewrite(text, masked),
            (Verdict::Open | Verdict::Likely, Value::String(text)) => {
                rewrite(text, |text| self.text(key, text, cut));
            }
            (Verdict::Open | Verdict::Likely, Value::Array(Array::String(texts))) => {
                texts.iter_mut().for_each(|text| rewrite(text, |text| self.text(key, text, cut)));
            }
            (Verdict::Open | Verdict::Likely, _) => {}
        }
    }
}

/// Keys of attributes that were cut.
fn truncated(attributes: &[KeyValue]) -> Vec<StringValue> {
    let found = attributes.iter().find(|attribute| attribute.key.as_str() == TRUNCATED);
    match found.map(|found| &found.value) {
        Some(Value::Array(Array::String(keys))) => keys.clone(),
        _ => Vec::new(),
    }
}

fn rewrite(text: &mut StringValue, new: impl FnOnce(&str) -> Option<String>) {
    if let Some(new) = new(text.as_str()) {
        *text = new.into();
    }
}

/// Masks a value as a whole; the words that say how a credential is used stay.
fn blank(value: &mut Value) {
    match value {
        Value::String(text) => rewrite(text, masked),
        Value::Array(Array::String(texts)) => texts.iter_mut().for_each(|text| rewrite(text, masked)),
        _ => *value = MASK.into(),
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{Link, Span as _, SpanContext, Tracer as _, TracerProvider as _};
    use opentelemetry_sdk::trace::SdkTracerProvider;

    use super::{super::Redaction, *};

    fn redacted(redaction: &Redaction, attributes: Vec<KeyValue>) -> Vec<(String, Value)> {
        let mut span = SdkTracerProvider::builder().build().tracer("t").start("s");
        span.set_attributes(attributes);
        let mut data = span.exported_data().unwrap();
        redaction.span(&mut data);
        data.attributes.into_iter().map(|attribute| (attribute.key.into(), attribute.value)).collect()
    }

    #[test]
    fn numbers_and_bools_go_only_under_a_redacted_key() {
        let redaction = Redaction::builder().key("age").build().unwrap();
        let list = Value::Array(vec![StringValue::from("a=b"), "c=d".into()].into());
        let attributes = vec![
            KeyValue::new("gen_ai.usage.input_tokens", 512),
            KeyValue::new("otp", 123_456),
            KeyValue::new("secret", true),
            KeyValue::new("user.age", true),
            KeyValue::new("http.request.header.cookie", list),
        ];
        let masks = Value::Array(vec![StringValue::from(MASK), MASK.into()].into());
        let values: Vec<_> = redacted(&redaction, attributes).into_iter().map(|(_, value)| value).collect();
        assert_eq!(values, [Value::I64(512), MASK.into(), Value::Bool(true), MASK.into(), masks]);
    }

    #[test]
    fn every_text_of_a_span_is_looked_at() {
        let mut span = SdkTracerProvider::builder().build().tracer("t").start("GET /?token=x1");
        let link = Link::new(SpanContext::NONE, vec![KeyValue::new("password", "x2")], 0);
        span.set_attribute(KeyValue::new("a", Value::Array(vec![StringValue::from("token=x3")].into())));
        span.add_event("pass token=x4", vec![KeyValue::new("secret", "x5")]);
        span.set_status(Status::error("failed: postgres://u:x6@h"));
        let mut data = span.exported_data().unwrap();
        data.links.links.push(link);
        Redaction::default().span(&mut data);
        let shown = format!("{data:?}");
        assert!((1..=6).all(|number| !shown.contains(&format!("x{number}"))), "{shown}");
        assert_eq!(shown.matches(MASK).count(), 6, "{shown}");
    }

    #[test]
    fn what_the_service_says_of_itself_is_looked_at() {
        let attributes = [KeyValue::new("service.name", "shop"), KeyValue::new("db.password", "x")];
        let resource = Resource::builder_empty().with_schema_url(attributes, "https://s").build();
        let redacted = Redaction::default().resource(&resource);
        assert_eq!(redacted.get(&"db.password".into()), Some(MASK.into()));
        assert_eq!(redacted.get(&"service.name".into()), Some("shop".into()));
        assert_eq!(redacted.schema_url(), Some("https://s"));
    }
}
