//! Writes what a trace carries onto spans of other libraries.

use std::{mem, time::Duration};

use opentelemetry::{
    Context, KeyValue,
    trace::{Span as _, Status},
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};

use super::known;
use crate::{
    PromptRef,
    context::{Scope, Trace, Truncated},
    cut,
    semconv::basalt,
};

/// Goes before another processor: stamps a span when it starts, because only then its context is known,
/// and gives it a kind when it ends, because only then all is known that tells the kind. Spans outside our
/// traces are left alone.
#[derive(Debug)]
pub(crate) struct Stamp<P> {
    next: P,
    /// Bytes of one value.
    limit: usize,
}

impl<P> Stamp<P> {
    pub(crate) fn new(next: P, limit: usize) -> Self {
        Self { next, limit }
    }

    fn stamp(span: &mut Span, scope: &Scope, trace: &Trace) {
        trace.stamp(scope, &mut |attribute| span.set_attribute(attribute));
        let limit = trace.origin().content.limit;
        if let Some(evaluators) = scope.blocks.as_ref().and_then(|blocks| blocks.evaluators.value(limit).0) {
            span.set_attribute(KeyValue::new(basalt::EVALUATORS, evaluators));
        }
        let prompt = scope.blocks.as_ref().and_then(|blocks| blocks.prompt.as_deref());
        if prompt.is_some() || trace.is_prepared() {
            Self::stamp_known(span, prompt, trace);
        }
    }

    /// A library that Basalt knows takes the prompt in scope, and the data that waits for it.
    fn stamp_known(span: &mut Span, prompt: Option<&PromptRef>, trace: &Trace) {
        let known = span.exported_data().is_some_and(|data| known::is_known(&data.instrumentation_scope));
        if !known {
            return;
        }
        let content = trace.origin().content;
        let injection = trace.take_prepared().unwrap_or_default();
        let in_scope = prompt.filter(|_| !injection.has_prompt());
        for (key, payload) in in_scope.iter().flat_map(|prompt| prompt.attributes(content)) {
            span.set_attribute(KeyValue::new(key, payload.value));
        }
        injection.write(content, &mut |attribute| span.set_attribute(attribute));
    }
}

/// Cuts what another library has said, as what is said through us.
fn bound(span: &mut SpanData, limit: usize) {
    let mut truncated = Truncated::default();
    let SpanData { attributes, events, links, .. } = span;
    let mut bound =
        |list: &mut Vec<KeyValue>| cut::attributes(list, usize::MAX, limit, |key| truncated.add(key.clone()));
    span.dropped_attributes_count += bound(attributes);
    for event in &mut events.events {
        event.dropped_attributes_count += bound(&mut event.attributes);
        event.name = cut::span_name(mem::take(&mut event.name), limit).0;
    }
    for link in &mut links.links {
        link.dropped_attributes_count += bound(&mut link.attributes);
    }
    let (name, is_cut) = cut::span_name(mem::take(&mut span.name), limit);
    truncated.set_name(is_cut);
    span.name = name;
    if let Status::Error { description } = &mut span.status {
        let (text, is_cut) = cut::text(mem::take(description), limit);
        truncated.set_status(is_cut);
        *description = text;
    }
    if let Some(names) = truncated.value() {
        span.attributes.push(KeyValue::new(basalt::TRUNCATED, names));
    }
}

impl<P: SpanProcessor> SpanProcessor for Stamp<P> {
    fn on_start(&self, span: &mut Span, parent: &Context) {
        if let Some(scope) = Scope::of(parent)
            && let Some(trace) = &scope.trace
        {
            Self::stamp(span, scope, trace);
        }
        self.next.on_start(span, parent);
    }

    fn on_end(&self, mut span: SpanData) {
        let has = |key| span.attributes.iter().any(|attribute| attribute.key.as_str() == key);
        if has(basalt::IN_TRACE)
            && !has(basalt::KIND)
            && let Some(kind) = known::kind(&span)
        {
            span.attributes.push(KeyValue::new(basalt::KIND, kind.as_str()));
        }
        bound(&mut span, self.limit);
        self.next.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.next.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.next.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.next.set_resource(resource);
    }
}
