//! What waits in the queue, and how it is written on the delivery thread.

use std::time::SystemTime;

use opentelemetry::{InstrumentationScope, KeyValue, trace::Status};
use opentelemetry_sdk::trace::{Config, SpanData, SpanEvents, SpanLinks};

use super::spans::limits;
use crate::{
    ObserveKind,
    context::{Ended, Limits, Remarks, Written},
    export::{Finished, unify, weight},
    semconv::basalt,
};

/// One of ours, or one of another library.
#[derive(Debug)]
pub(crate) enum Queued {
    Ours(Ended),
    /// Longer, and rarer.
    Theirs(Box<SpanData>),
}

impl From<SpanData> for Queued {
    fn from(span: SpanData) -> Self {
        Self::Theirs(Box::new(span))
    }
}

impl Finished for Queued {
    type Writer = Writer;

    fn weight(&self) -> usize {
        match self {
            Self::Ours(span) => span.weight(),
            Self::Theirs(span) => weight(span),
        }
    }

    fn end_time(&self) -> SystemTime {
        match self {
            Self::Ours(span) => span.end_time(),
            Self::Theirs(span) => span.end_time,
        }
    }

    fn write(self, writer: &Writer) -> SpanData {
        match self {
            Self::Ours(span) => writer.data(span.write(&writer.metadata, writer.limits)),
            Self::Theirs(mut span) => {
                unify(&mut span);
                *span
            }
        }
    }
}

/// What all spans of a process have in common.
#[derive(Debug)]
pub(crate) struct Writer {
    /// `basalt.meta.*`
    metadata: Vec<KeyValue>,
    limits: Limits,
    scopes: Scopes,
}

impl Writer {
    pub(super) fn new(metadata: Vec<KeyValue>) -> Self {
        Self { metadata, limits: limits(&Config::default()), scopes: Scopes::new() }
    }

    fn data(&self, span: Written) -> SpanData {
        let (events, links, status) = span.remarks.map(|remarks| apart(*remarks)).unwrap_or_default();
        SpanData {
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
        }
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
