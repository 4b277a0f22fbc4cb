//! What a span of the SDK takes of memory, roughly.

use std::mem;

use opentelemetry_sdk::trace::SpanData;

use crate::weight::{of_attributes, of_events_and_links};

/// In bytes.
pub(crate) fn weight(span: &SpanData) -> usize {
    mem::size_of::<SpanData>()
        + span.name.len()
        + of_attributes(&span.attributes)
        + of_events_and_links(&span.events.events, &span.links.links)
}
