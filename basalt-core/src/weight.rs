//! What a span takes of memory, roughly: bounds are kept by it.

use std::{mem, sync::Arc};

use opentelemetry::{
    Array, KeyValue, Value,
    trace::{Event, Link},
};

/// Of a list of attributes, in bytes.
pub(crate) fn of_attributes(attributes: &[KeyValue]) -> usize {
    mem::size_of_val(attributes)
        + attributes.iter().map(|attribute| of_value(&attribute.value)).sum::<usize>()
}

/// Of what happened in a span, and what it points at.
pub(crate) fn of_events_and_links(events: &[Event], links: &[Link]) -> usize {
    let events = events.iter().map(|event| event.name.len() + of_attributes(&event.attributes));
    let links = links.iter().map(|link| mem::size_of_val(link) + of_attributes(&link.attributes));
    events.chain(links).sum()
}

/// Of one value, without what it takes in place.
pub(crate) fn of_value(value: &Value) -> usize {
    match value {
        Value::String(text) => text.as_str().len(),
        Value::Array(Array::String(texts)) => texts.iter().map(|text| text.as_str().len()).sum(),
        Value::Array(Array::I64(numbers)) => mem::size_of_val(numbers.as_slice()),
        Value::Array(Array::F64(numbers)) => mem::size_of_val(numbers.as_slice()),
        _ => 0,
    }
}

/// Of texts that may be there.
pub(crate) fn of_texts<const N: usize>(texts: [&Option<Arc<str>>; N]) -> usize {
    texts.into_iter().map(|text| text.as_ref().map_or(0, |text| text.len())).sum()
}

/// Of JSON, as far as it is not in place.
pub(crate) fn of_json(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::String(text) => text.len(),
        serde_json::Value::Array(values) => {
            mem::size_of_val(values.as_slice()) + values.iter().map(of_json).sum::<usize>()
        }
        serde_json::Value::Object(map) => of_map(map),
        _ => 0,
    }
}

/// Of a JSON object.
pub(crate) fn of_map(map: &serde_json::Map<String, serde_json::Value>) -> usize {
    map.iter().map(|(key, value)| of_entry(key, value)).sum()
}

/// Of one of its entries.
pub(crate) fn of_entry(key: &str, value: &serde_json::Value) -> usize {
    key.len() + mem::size_of_val(value) + of_json(value)
}
