//! The SDK's own spans.

use anyhow::Result;
use opentelemetry::{
    Context, KeyValue,
    trace::{Span, TraceContextExt, Tracer, TracerProvider},
};

use super::{FLAG, NUMBERS, Spans, TEXTS};
use crate::{destination::Destination, workload::Workload};

/// Active while the work runs.
pub(super) fn attached() -> Result<Box<dyn Workload>> {
    let provider = Destination::Nowhere.provider()?;
    let tracer = provider.tracer("bench");
    let guard = Context::current_with_span(tracer.start("root")).attach();
    let span = move |_: &_| {
        let span = tracer.span_builder("step").with_attributes(attributes()).start(&tracer);
        let context = Context::current_with_span(span);
        let active = context.clone().attach();
        context.span().end();
        drop(active);
    };
    Ok(Box::new(Spans { keep: (guard, provider), span }))
}

/// Never active.
pub(super) fn detached() -> Result<Box<dyn Workload>> {
    let provider = Destination::Nowhere.provider()?;
    let tracer = provider.tracer("bench");
    let guard = Context::current_with_span(tracer.start("root")).attach();
    let span = move |_: &_| {
        tracer.span_builder("step").with_attributes(attributes()).start(&tracer).end();
    };
    Ok(Box::new(Spans { keep: (guard, provider), span }))
}

fn attributes() -> impl Iterator<Item = KeyValue> {
    let texts = TEXTS.into_iter().map(|(key, value)| KeyValue::new(key, value));
    let numbers = NUMBERS.into_iter().map(|(key, value)| KeyValue::new(key, value));
    texts.chain(numbers).chain([KeyValue::new(FLAG.0, FLAG.1)])
}
