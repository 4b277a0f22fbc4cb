//! What a span of the SDK takes of memory, roughly.

use std::mem;

use opentelemetry_sdk::trace::SpanData;

use crate::weight::{of_attributes, of_events_and_links, of_name};

/// In bytes.
pub(crate) fn weight(span: &SpanData) -> usize {
    mem::size_of::<SpanData>()
        + of_name(&span.name)
        + of_attributes(&span.attributes)
        + of_events_and_links(&span.events.events, &span.links.links)
}
