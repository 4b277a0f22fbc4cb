//! What can be said of any span.

use std::{borrow::Cow, sync::Arc};

use opentelemetry::{Key, KeyValue, trace::TraceContextExt};
use serde::Serialize;

use super::SpanHandle;
use crate::{
    Identity, PromptRef,
    capture::{Capture, Content},
    context::Parent,
    cut,
    evaluation::Evaluators,
    foreign,
    metadata::Metadata,
    payload::Payload,
    semconv::basalt,
};

impl SpanHandle {
    /// What the step was given (`basalt.span.input`).
    ///
    /// Text stays as it is, numbers and bools keep their type, anything else becomes JSON text. What
    /// serializes to null says nothing and leaves an earlier value in place. Text is cut at
    /// [`max_payload_bytes`](crate::Builder::max_payload_bytes), at a character, and the key is then named in
    /// `basalt.truncated`. With [`trace_content`](crate::Builder::trace_content) off nothing is written.
    ///
    /// What fails or panics while it is serialized is written as far as it went, or as `[failed to serialize]`, and is
    /// counted in [`Health::failed_values`](crate::Health::failed_values). A `Mutex` or a `RwLock`, also inside a struct or
    /// behind a pointer, is written as `[lock]` and never locked; only one whose containing type serializes it by hand,
    /// or is `#[serde(transparent)]`, is locked, as serde does.
    ///
    /// ```
    /// # use basalt_core::SpanHandle;
    /// # #[derive(serde::Serialize)] struct Ask { question: String, limit: u8 }
    /// # fn handler(span: &SpanHandle, ask: Ask) {
    /// span.set_input("why?"); // "why?"
    /// span.set_input(&ask); // {"question":"why?","limit":3}
    /// # }
    /// ```
    pub fn set_input(&self, value: impl Serialize) {
        self.set_content(basalt::INPUT, &value);
    }

    /// What the step gave back (`basalt.span.output`). As [`set_input`](Self::set_input).
    ///
    /// ```
    /// # fn handler(span: &basalt_core::SpanHandle) {
    /// span.set_output(["first hit", "second hit"]);
    /// # }
    /// ```
    pub fn set_output(&self, value: impl Serialize) {
        self.set_content(basalt::OUTPUT, &value);
    }

    /// Merges an object into the span's metadata (`basalt.metadata`), key by key: a later value replaces an
    /// earlier one under the same key, nested objects included.
    ///
    /// An object is anything that serializes to one: a map, a struct, `serde_json::json!({..})`. Anything else
    /// is dropped, and said once. Metadata is not content: it is written whatever
    /// [`trace_content`](crate::Builder::trace_content) says.
    ///
    /// ```
    /// # fn handler(span: &basalt_core::SpanHandle) {
    /// span.set_metadata(serde_json::json!({"tier": "gold", "retries": 0}));
    /// span.set_metadata(serde_json::json!({"retries": 1})); // {"tier":"gold","retries":1}
    /// # }
    /// ```
    pub fn set_metadata(&self, object: impl Serialize) {
        if !self.is_live() {
            return;
        }
        let metadata = Metadata::of(&object);
        if !self.record(|record| record.remarks().values.metadata.merge(&metadata))
            && let Some(payload) = self.content().and_then(|content| metadata.payload(content.limit))
        {
            self.context().span().set_attribute(KeyValue::new(basalt::METADATA, payload.value));
        }
    }

    /// Says who asked, for this span alone; on a root, see [`RootSpan::set_identity`](crate::RootSpan).
    ///
    /// The parts given, user or organization, replace earlier ones whole; the others stay. A bare text is a
    /// user's id.
    ///
    /// ```
    /// # use basalt_core::Identity;
    /// # fn handler(span: &basalt_core::SpanHandle) {
    /// span.set_identity(Identity::user("u-1").named("Ada"));
    /// # }
    /// ```
    pub fn set_identity(&self, identity: impl Into<Identity>) {
        if self.is_live()
            && let Some(identity) = foreign::call(|| identity.into())
        {
            self.record(|record| record.remarks().values.identity.update(identity));
        }
    }

    /// Completes who asked, for this span alone, field by field: unlike
    /// [`set_identity`](Self::set_identity), a name given without an id is the name of the user whose id is
    /// known already.
    ///
    /// ```
    /// # use basalt_core::Identity;
    /// # fn handler(span: &basalt_core::SpanHandle) {
    /// span.identify(Identity::default().named("Ada B."));
    /// # }
    /// ```
    pub fn identify(&self, identity: impl Into<Identity>) {
        let Some(trace) = self.trace() else { return };
        let known = trace.values().identity;
        let Some(identity) = foreign::call(|| identity.into()) else { return };
        self.record(|record| {
            let mut completed = known;
            let own = &mut record.remarks().values.identity;
            completed.update(own.clone());
            completed.update_fields(&identity);
            *own = completed;
        });
    }

    /// What was filled into a template (`basalt.span.variables`, JSON): anything that serializes to an object.
    /// Content. The span's parent shows it too, as long as it has no variables of its own.
    ///
    /// ```
    /// # fn handler(span: &basalt_core::SpanHandle) {
    /// span.set_variables(serde_json::json!({"topic": "rust", "tone": "dry"}));
    /// # }
    /// ```
    pub fn set_variables(&self, object: impl Serialize) {
        let Some(variables) = self.content().and_then(|content| content.captured(&object)) else { return };
        let mut above = Parent::Elsewhere;
        self.record(|record| {
            above = record.parent.clone();
            record.set(basalt::VARIABLES, variables.clone());
        });
        match (above, self.trace()) {
            (Parent::Recorded(id), Some(trace)) => trace.climb(id, variables),
            (Parent::Other(context), _) => {
                context.span().set_attribute(KeyValue::new(basalt::VARIABLES, variables.value));
            }
            _ => {}
        }
    }

    /// Names the managed prompt that was used (`basalt.prompt.*`), instead of the one in scope.
    pub fn set_prompt_ref(&self, prompt: impl AsRef<PromptRef>) {
        if self.is_live()
            && let Some(prompt) = foreign::call(|| Arc::new(prompt.as_ref().clone()))
        {
            self.record(|record| record.remarks().prompt = Some(prompt));
        }
    }

    /// Sets an attribute of your own, replacing an earlier one of the same key: text, number or bool as it
    /// is, anything else as JSON text.
    ///
    /// It is bounded like all values, and it is no content to Basalt: do not put any here that
    /// [`trace_content`](crate::Builder::trace_content) is to hide.
    ///
    /// ```
    /// # fn handler(span: &basalt_core::SpanHandle) {
    /// span.set_attribute("shop.cart.items", 3);
    /// # }
    /// ```
    pub fn set_attribute(&self, key: impl Into<Key>, value: impl Serialize) {
        if let Some(content) = self.content()
            && let Some(key) = foreign::call(|| key.into())
            && let Some(payload) = content.bounded(&value)
        {
            self.write(key, payload);
        }
    }

    /// Asks for evaluators on this span (`basalt.span.evaluators`), beside those already asked for. Slugs are
    /// trimmed, repeated ones collapse, blank ones are dropped.
    ///
    /// ```
    /// # fn handler(span: &basalt_core::SpanHandle) {
    /// span.add_evaluators(["toxicity", "tone"]);
    /// # }
    /// ```
    pub fn add_evaluators<S: AsRef<str>>(&self, slugs: impl IntoIterator<Item = S>) {
        if self.is_live() {
            let evaluators = Evaluators::of(slugs);
            self.record(|record| record.remarks().evaluators.unite(&evaluators));
        }
    }

    /// Records that something happened, now: a span event with attributes of its own.
    ///
    /// ```
    /// # use basalt_core::opentelemetry::KeyValue;
    /// # fn handler(span: &basalt_core::SpanHandle) {
    /// span.add_event("cache miss", vec![KeyValue::new("key", "k-1")]);
    /// # }
    /// ```
    pub fn add_event(&self, name: impl Into<Cow<'static, str>>, attributes: Vec<KeyValue>) {
        if let Some(name) = foreign::call(|| name.into()) {
            self.happened(name, attributes);
        }
    }

    pub(super) fn happened(&self, name: Cow<'static, str>, attributes: Vec<KeyValue>) {
        let Some(trace) = self.trace().filter(|_| self.is_live()) else { return };
        let span = self.context().span();
        let added = trace.add_event(span.span_context().span_id(), name, None, attributes);
        if let Err((name, attributes)) = added {
            span.add_event(name, attributes);
        }
    }

    /// Sets a figure or a name.
    pub(crate) fn set_value(&self, key: &'static str, value: impl Into<opentelemetry::Value>) {
        if let Some(content) = self.content() {
            let (value, cut) = cut::value(value.into(), content.limit.max(cut::SHORTEST));
            self.write(key.into(), Payload { cut, ..Payload::whole(value) });
        }
    }

    /// Sets content, if content is captured.
    pub(crate) fn set_content(&self, key: &'static str, value: &impl Serialize) {
        if let Some(content) = self.content()
            && let Some(payload) = content.captured(value)
        {
            self.write(key.into(), payload);
        }
    }

    /// Bytes of content that may be written; none when content is not captured, or nothing is recorded.
    pub(crate) fn content_limit(&self) -> usize {
        match self.content() {
            Some(Content { capture: Capture::On, limit }) => limit,
            _ => 0,
        }
    }

    pub(super) fn set_text(&self, key: &'static str, text: impl Into<String>) {
        if self.is_live() {
            self.set_attribute(key, foreign::text(text));
        }
    }

    pub(super) fn content(&self) -> Option<Content> {
        if self.is_live() { Some(self.trace()?.origin().content) } else { None }
    }

    /// Spans of other libraries have no record of ours and take the attribute themselves.
    fn write(&self, key: Key, payload: Payload) {
        let span = self.context().span();
        let id = span.span_context().span_id();
        let Some(trace) = self.trace() else { return };
        trace.set(id, key, payload, |key, payload| {
            self.warn_of_the_end();
            span.set_attribute(KeyValue::new(key, payload.value));
        });
    }
}
