//! What a span takes of memory, roughly: bounds are kept by it.

use std::{borrow::Cow, mem, sync::Arc};

use opentelemetry::{
    Array, KeyValue, Value,
    trace::{Event, Link},
};

/// Of a name: what it has room for.
#[expect(clippy::ptr_arg, reason = "a text that is owned may have more room than it takes")]
pub(crate) fn of_name(name: &Cow<'static, str>) -> usize {
    match name {
        Cow::Borrowed(_) => 0,
        Cow::Owned(name) => name.capacity(),
    }
}

/// Of a list of attributes, in bytes.
pub(crate) fn of_attributes(attributes: &[KeyValue]) -> usize {
    mem::size_of_val(attributes)
        + attributes.iter().map(|attribute| of_value(&attribute.value)).sum::<usize>()
}

/// Of a list that somebody else has made: with the room it has for more.
fn of_room(attributes: &Vec<KeyValue>) -> usize {
    let room = attributes.capacity() - attributes.len();
    of_attributes(attributes) + room.saturating_mul(mem::size_of::<KeyValue>())
}

/// Of what happened in a span, and what it points at.
pub(crate) fn of_events_and_links(events: &[Event], links: &[Link]) -> usize {
    let events = events.iter().map(|event| of_name(&event.name) + of_room(&event.attributes));
    let links = links.iter().map(|link| mem::size_of_val(link) + of_room(&link.attributes));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_weighs_the_room_it_has() {
        let mut long = "x".repeat(10_000);
        long.truncate(5);
        assert_eq!(of_name(&Cow::Owned(long)), 10_000);
        assert_eq!(of_name(&Cow::Borrowed("name")), 0);
        let attributes = Vec::<KeyValue>::with_capacity(100);
        assert!(of_room(&attributes) >= 100 * mem::size_of::<KeyValue>());
    }
}
