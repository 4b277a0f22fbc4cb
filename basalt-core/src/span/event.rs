//! Something that happened.

use serde::Serialize;

use super::{
    Span,
    kind::{Kind, sealed::Sealed},
};
use crate::{ObserveKind, semconv::basalt};

/// Something that happened, such as feedback: the kind that [`observe::event`](crate::observe::event) opens.
#[derive(Debug, Clone, Copy)]
pub struct Event;

impl Kind for Event {
    const KIND: ObserveKind = ObserveKind::Event;
}

impl Sealed for Event {}

impl Span<Event> {
    /// What happened (`basalt.event.type`).
    ///
    /// ```
    /// # fn work(span: &basalt_core::Span<basalt_core::Event>) {
    /// span.set_event_type("user_feedback");
    /// span.set_payload([("stars", 4)].into_iter().collect::<std::collections::HashMap<_, _>>());
    /// # }
    /// ```
    pub fn set_event_type(&self, event_type: impl Into<String>) {
        self.set_text(basalt::EVENT_TYPE, event_type);
    }

    /// What came with it (`basalt.event.payload`): the span's input too. Content.
    pub fn set_payload(&self, payload: impl Serialize) {
        self.set_input(&payload);
        self.set_content(basalt::EVENT_PAYLOAD, &payload);
    }
}
