//! What of a span is bounded: texts, events and links, as they are added.

use std::borrow::Cow;

use opentelemetry::{
    KeyValue,
    trace::{Event, Link, Status},
};

use super::{Limits, Record, Room};
use crate::{cut, weight::of_events_and_links};

/// How many payloads of full length there is room for among what others set on a span, and once more among its events
/// and links.
const PAYLOADS: usize = 16;

impl Record {
    /// Keeps to OpenTelemetry's limits from here on.
    pub(crate) fn limit(&mut self, limits: Limits) {
        let bytes = self.content.limit.saturating_mul(PAYLOADS);
        self.attributes.limit(Room { attributes: limits.attributes, bytes });
    }

    pub(crate) fn rename(&mut self, name: Cow<'static, str>) {
        let (name, cut) = cut::span_name(name, self.content.limit);
        if cut || self.remarks.is_some() {
            self.remarks().truncated.set_name(cut);
        }
        self.name = Some(name);
    }

    /// A status whose description is within the limit.
    pub(super) fn bounded_status(&mut self, status: Status) -> Status {
        let Status::Error { description } = status else { return status };
        let (description, cut) = cut::text(description, self.content.limit);
        self.remarks().truncated.set_status(cut);
        Status::Error { description }
    }

    /// Records that something has happened. Beyond the limits it is only counted.
    pub(crate) fn add_event(&mut self, mut event: Event, limits: Limits) {
        if self.remarks().events.len() >= limits.events {
            return self.remarks().drop_event();
        }
        let (name, cut) = cut::span_name(event.name, self.content.limit);
        if cut {
            self.remarks().truncated.set_name(true);
        }
        event.name = name;
        event.dropped_attributes_count += self.bound(&mut event.attributes, limits.attributes_per_event);
        if self.takes(of_events_and_links(std::slice::from_ref(&event), &[])) {
            self.remarks().events.push(event);
        } else {
            self.remarks().drop_event();
        }
    }

    /// Points at another span. Beyond the limits it is only counted.
    pub(crate) fn add_link(&mut self, mut link: Link, limits: Limits) {
        if self.remarks().links.len() >= limits.links {
            return self.remarks().drop_link();
        }
        link.dropped_attributes_count += self.bound(&mut link.attributes, limits.attributes_per_link);
        if self.takes(of_events_and_links(&[], std::slice::from_ref(&link))) {
            self.remarks().links.push(link);
        } else {
            self.remarks().drop_link();
        }
    }

    /// How many attributes had to be dropped.
    fn bound(&mut self, attributes: &mut Vec<KeyValue>, most: usize) -> u32 {
        let limit = self.content.limit;
        let truncated = &mut self.remarks().truncated;
        cut::attributes(attributes, most, limit, |key| truncated.add(key.clone()))
    }

    fn takes(&mut self, more: usize) -> bool {
        let room = self.content.limit.saturating_mul(PAYLOADS);
        let bytes = &mut self.remarks().bytes;
        let fits = bytes.saturating_add(more) <= room;
        *bytes += if fits { more } else { 0 };
        fits
    }
}
