//! What a span takes of memory, roughly: bounds are kept by it.

use std::mem;

use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

/// In bytes.
pub(super) fn weight(span: &SpanData) -> usize {
    let mut weight = mem::size_of::<SpanData>() + span.name.len() + attributes(&span.attributes);
    for event in span.events.iter() {
        weight += event.name.len() + attributes(&event.attributes);
    }
    for link in span.links.iter() {
        weight += mem::size_of_val(link) + attributes(&link.attributes);
    }
    weight
}

fn attributes(attributes: &[KeyValue]) -> usize {
    mem::size_of_val(attributes) + attributes.iter().map(|attribute| value(&attribute.value)).sum::<usize>()
}

fn value(value: &Value) -> usize {
    match value {
        Value::String(text) => text.as_str().len(),
        Value::Array(Array::String(texts)) => texts.iter().map(|text| text.as_str().len()).sum(),
        Value::Array(Array::I64(numbers)) => mem::size_of_val(numbers.as_slice()),
        Value::Array(Array::F64(numbers)) => mem::size_of_val(numbers.as_slice()),
        _ => 0,
    }
}
