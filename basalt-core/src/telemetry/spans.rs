//! Where our spans come from, and where they go: the SDK's ids, sampler and limits, and our queue.

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanKind, TraceContextExt, TraceFlags, TraceId},
};
use opentelemetry_sdk::trace::{Config, SamplingDecision};

use super::queued::Queued;
use crate::{
    context::{Ended, Limits, SpanSource},
    export::Enqueue,
};

/// What the SDK's sampler says of itself, where the environment does not name another.
const USUAL: &str = "ParentBased(AlwaysOn)";

/// Starts spans as the SDK's tracers would, and is told of their end. Ours are kept by their records, so that the
/// SDK's own spans would only be carried along.
#[derive(Debug)]
pub(super) struct Spans {
    config: Config,
    /// Whether the sampler need not be asked, because it is known what it says.
    usual: bool,
    limits: Limits,
    queue: Enqueue<Queued>,
}

impl Spans {
    /// The environment decides on sampler and limits, as everywhere in OpenTelemetry.
    pub(super) fn new(queue: Enqueue<Queued>) -> Self {
        let config = Config::default();
        let usual = format!("{:?}", config.sampler) == USUAL;
        Self { usual, limits: limits(&config), config, queue }
    }

    fn samples(&self, parent: &Context, caller: Option<&SpanContext>, trace: TraceId) -> bool {
        if self.usual {
            return match caller {
                Some(caller) => caller.is_sampled(),
                None => !parent.has_active_span() || parent.span().span_context().is_sampled(),
            };
        }
        let called = caller.map(|caller| parent.with_remote_span_context(caller.clone()));
        let parent = called.as_ref().unwrap_or(parent);
        let sampler = &self.config.sampler;
        let asked = sampler.should_sample(Some(parent), trace, "", &SpanKind::Internal, &[], &[]);
        asked.decision == SamplingDecision::RecordAndSample
    }
}

impl SpanSource for Spans {
    fn start(&self, parent: &Context, caller: Option<&SpanContext>) -> SpanContext {
        if parent.is_telemetry_suppressed() {
            return SpanContext::empty_context();
        }
        let here = parent.span();
        let above = caller.unwrap_or_else(|| here.span_context());
        let ids = &self.config.id_generator;
        let trace = if above.is_valid() { above.trace_id() } else { ids.new_trace_id() };
        let flags = TraceFlags::default().with_sampled(self.samples(parent, caller, trace));
        SpanContext::new(trace, ids.new_span_id(), flags, false, above.trace_state().clone())
    }

    fn end(&self, span: Ended) {
        self.queue.take(Queued::Ours(span));
    }

    fn limits(&self) -> Limits {
        self.limits
    }
}

/// As everywhere in OpenTelemetry.
pub(super) fn limits(config: &Config) -> Limits {
    let limits = config.span_limits;
    Limits {
        attributes: limits.max_attributes_per_span as usize,
        events: limits.max_events_per_span as usize,
        attributes_per_event: limits.max_attributes_per_event as usize,
        links: limits.max_links_per_span as usize,
        attributes_per_link: limits.max_attributes_per_link as usize,
    }
}
