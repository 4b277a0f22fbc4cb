//! From a span's start to the delivery thread: the provider, and the one queue behind it.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};

use super::{
    BuildError,
    queued::{Queued, Writer},
    spans::Spans,
};
use crate::{
    context::SpanSource,
    export::{Bounds, Delivery, DeliveryError, Destination, Enqueue, Health, Redaction},
    process::Stamp,
};

/// One queue, which our spans reach by themselves, saying what they carry, and those of other libraries from the
/// hosted provider, which stamps them.
#[derive(Debug)]
pub(crate) struct Pipeline {
    hosted: SdkTracerProvider,
    delivery: Delivery<Queued>,
    /// Bytes of one value of another library.
    limit: usize,
}

impl Pipeline {
    pub(super) fn start(
        destinations: Vec<Destination>,
        resource: Resource,
        bounds: Bounds,
        redaction: Redaction,
        metadata: Vec<KeyValue>,
        limit: usize,
    ) -> Result<Self, BuildError> {
        let writer = Writer::new(metadata);
        let delivery = Delivery::start(destinations, resource.clone(), bounds, redaction, writer)?;
        let hosted = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_span_processor(Stamp::new(delivery.processor(), limit))
            .build();
        Ok(Self { hosted, delivery, limit })
    }

    pub(super) fn span_source(&self) -> Box<dyn SpanSource> {
        Box::new(Spans::new(self.delivery.processor()))
    }

    pub(crate) fn hosted_provider(&self) -> SdkTracerProvider {
        self.hosted.clone()
    }

    /// What brings the spans of somebody else's provider here.
    pub(crate) fn span_processor(&self) -> Stamp<Enqueue<Queued>> {
        Stamp::new(self.delivery.processor(), self.limit)
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
        self.delivery.shutdown(timeout).await
    }

    pub(crate) fn shutdown_blocking(&self, timeout: Duration) -> Result<(), DeliveryError> {
        self.delivery.shutdown_blocking(timeout)
    }

    /// From here on spans of other libraries do nothing. A second time the provider refuses, which is as good. An error
    /// where delivery cannot be shut down from.
    pub(crate) fn close(&self) -> Result<(), DeliveryError> {
        self.delivery.check()?;
        let _ = self.hosted.shutdown();
        Ok(())
    }
}
