//! From a span's start to the delivery thread: the providers, and the one processor behind them.

use std::time::Duration;

use opentelemetry::{
    Context, InstrumentationScope,
    trace::{Tracer, TracerProvider},
};
use opentelemetry_sdk::{
    Resource,
    trace::{SdkTracer, SdkTracerProvider},
};

use super::BuildError;
use crate::{
    ObserveKind,
    context::{Opening, Recorded, SpanSource},
    export::{Bounds, Delivery, DeliveryError, Destination, Enqueue, Health, Redaction},
    process::Stamp,
    semconv::basalt,
};

/// Two providers that share one queue. Ours starts our spans, which say themselves what they carry; the
/// hosted one starts the spans of other libraries, which are stamped.
#[derive(Debug)]
pub(crate) struct Pipeline {
    own: SdkTracerProvider,
    hosted: SdkTracerProvider,
    delivery: Delivery,
}

impl Pipeline {
    pub(super) fn start(
        destinations: Vec<Destination>,
        resource: Resource,
        bounds: Bounds,
        redaction: Redaction,
    ) -> Result<Self, BuildError> {
        let delivery = Delivery::start(destinations, resource.clone(), bounds, redaction)?;
        let own = SdkTracerProvider::builder()
            .with_resource(resource.clone())
            .with_span_processor(delivery.processor())
            .build();
        let hosted = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_span_processor(Stamp::new(delivery.processor()))
            .build();
        Ok(Self { own, hosted, delivery })
    }

    pub(super) fn span_source(&self) -> Box<dyn SpanSource> {
        Box::new(Tracers::of(&self.own))
    }

    pub(crate) fn hosted_provider(&self) -> SdkTracerProvider {
        self.hosted.clone()
    }

    /// What brings the spans of somebody else's provider here.
    pub(crate) fn span_processor(&self) -> Stamp<Enqueue> {
        Stamp::new(self.delivery.processor())
    }

    pub(crate) fn health(&self) -> Health {
        self.delivery.health()
    }

    pub(crate) async fn flush(&self, timeout: Duration) -> Result<(), DeliveryError> {
        self.delivery.flush(timeout).await
    }

    pub(crate) fn flush_blocking(&self, timeout: Duration) -> Result<(), DeliveryError> {
        self.delivery.flush_blocking(timeout)
    }

    pub(crate) async fn shutdown(&self, timeout: Duration) -> Result<(), DeliveryError> {
        self.close();
        self.delivery.shutdown(timeout).await
    }

    pub(crate) fn shutdown_blocking(&self, timeout: Duration) -> Result<(), DeliveryError> {
        self.close();
        self.delivery.shutdown_blocking(timeout)
    }

    /// From here on spans do nothing. A second time the providers refuse, which is as good.
    fn close(&self) {
        let _ = self.own.shutdown();
        let _ = self.hosted.shutdown();
    }
}

/// One tracer per kind, because the kind decides the instrumentation scope.
#[derive(Debug)]
struct Tracers {
    plain: SdkTracer,
    generation: SdkTracer,
    retrieval: SdkTracer,
    function: SdkTracer,
    tool: SdkTracer,
    event: SdkTracer,
}

impl Tracers {
    fn of(provider: &SdkTracerProvider) -> Self {
        let tracer = |name| {
            let scope = InstrumentationScope::builder(name).with_version(env!("CARGO_PKG_VERSION"));
            provider.tracer_with_scope(scope.build())
        };
        Self {
            plain: tracer(basalt::SCOPE),
            generation: tracer(basalt::SCOPE_GENERATION),
            retrieval: tracer(basalt::SCOPE_RETRIEVAL),
            function: tracer(basalt::SCOPE_FUNCTION),
            tool: tracer(basalt::SCOPE_TOOL),
            event: tracer(basalt::SCOPE_EVENT),
        }
    }
}

impl SpanSource for Tracers {
    fn open(&self, opening: Opening<'_>) -> Context {
        let Opening { kind, builder, parent, trace, record } = opening;
        let tracer = match kind {
            ObserveKind::Span => &self.plain,
            ObserveKind::Generation => &self.generation,
            ObserveKind::Retrieval => &self.retrieval,
            ObserveKind::Function => &self.function,
            ObserveKind::Tool => &self.tool,
            ObserveKind::Event => &self.event,
        };
        Recorded::carry(tracer.build_with_context(builder, parent), parent, trace, record)
    }
}
