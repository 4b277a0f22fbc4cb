//! What a span of the SDK takes of memory, roughly.

use std::mem;

use opentelemetry_sdk::trace::SpanData;

use crate::weight::of_attributes;

/// In bytes.
pub(crate) fn weight(span: &SpanData) -> usize {
    let mut weight = mem::size_of::<SpanData>() + span.name.len() + of_attributes(&span.attributes);
    for event in span.events.iter() {
        weight += event.name.len() + of_attributes(&event.attributes);
    }
    for link in span.links.iter() {
        weight += mem::size_of_val(link) + of_attributes(&link.attributes);
    }
    weight
}
