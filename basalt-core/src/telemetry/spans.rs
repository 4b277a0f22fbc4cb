//! Where our spans come from, and where they go: the SDK's ids, sampler and limits, and our queue.

use opentelemetry::{
    Context, InstrumentationScope,
    trace::{SpanContext, SpanKind, Status, TraceContextExt, TraceFlags, TraceId},
};
use opentelemetry_sdk::trace::{Config, SamplingDecision, SpanData, SpanEvents, SpanLinks, SpanProcessor};

use crate::{
    ObserveKind,
    context::{Ended, Limits, Remarks, SpanSource},
    export::Enqueue,
    semconv::basalt,
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
    scopes: Scopes,
    queue: Enqueue,
}

impl Spans {
    /// The environment decides on sampler and limits, as everywhere in OpenTelemetry.
    pub(super) fn new(queue: Enqueue) -> Self {
        let config = Config::default();
        let limits = config.span_limits;
        Self {
            usual: format!("{:?}", config.sampler) == USUAL,
            limits: Limits {
                attributes: limits.max_attributes_per_span as usize,
                events: limits.max_events_per_span as usize,
                attributes_per_event: limits.max_attributes_per_event as usize,
                links: limits.max_links_per_span as usize,
                attributes_per_link: limits.max_attributes_per_link as usize,
            },
            config,
            scopes: Scopes::new(),
            queue,
        }
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
        let (events, links, status) = span.remarks.map(|remarks| apart(*remarks)).unwrap_or_default();
        self.queue.on_end(SpanData {
            span_context: span.context,
            parent_span_id: span.parent,
            parent_span_is_remote: span.parent_is_remote,
            span_kind: span.kind,
            name: span.name,
            start_time: span.start,
            end_time: span.end,
            attributes: span.attributes,
            dropped_attributes_count: span.dropped_attributes,
            events,
            links,
            status,
            instrumentation_scope: self.scopes.of(span.observed).clone(),
        });
    }

    fn limits(&self) -> Limits {
        self.limits
    }
}

fn apart(remarks: Remarks) -> (SpanEvents, SpanLinks, Status) {
    let mut events = SpanEvents::default();
    (events.events, events.dropped_count) = (remarks.events, remarks.dropped_events);
    let mut links = SpanLinks::default();
    (links.links, links.dropped_count) = (remarks.links, remarks.dropped_links);
    (events, links, remarks.status)
}

/// One per kind.
#[derive(Debug)]
struct Scopes {
    plain: InstrumentationScope,
    generation: InstrumentationScope,
    retrieval: InstrumentationScope,
    function: InstrumentationScope,
    tool: InstrumentationScope,
    event: InstrumentationScope,
}

impl Scopes {
    fn new() -> Self {
        let scope =
            |name| InstrumentationScope::builder(name).with_version(env!("CARGO_PKG_VERSION")).build();
        Self {
            plain: scope(basalt::SCOPE),
            generation: scope(basalt::SCOPE_GENERATION),
            retrieval: scope(basalt::SCOPE_RETRIEVAL),
            function: scope(basalt::SCOPE_FUNCTION),
            tool: scope(basalt::SCOPE_TOOL),
            event: scope(basalt::SCOPE_EVENT),
        }
    }

    fn of(&self, kind: ObserveKind) -> &InstrumentationScope {
        match kind {
            ObserveKind::Span => &self.plain,
            ObserveKind::Generation => &self.generation,
            ObserveKind::Retrieval => &self.retrieval,
            ObserveKind::Function => &self.function,
            ObserveKind::Tool => &self.tool,
            ObserveKind::Event => &self.event,
        }
    }
}
