//! What a span takes of memory, roughly: bounds are kept by it.

use std::mem;

use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

/// In bytes.
pub(super) fn weight(span: &SpanData) -> usize {
    let events = span.events.iter().map(|event| event.name.len() + attributes(&event.attributes));
    let links = span.links.iter().map(|link| mem::size_of_val(link) + attributes(&link.attributes));
    let own = mem::size_of::<SpanData>() + span.name.len() + attributes(&span.attributes);
    own + events.sum::<usize>() + links.sum::<usize>()
}

fn attributes(attributes: &[KeyValue]) -> usize {
    attributes.iter().map(|attribute| mem::size_of::<KeyValue>() + value(&attribute.value)).sum()
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
