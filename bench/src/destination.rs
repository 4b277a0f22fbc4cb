//! Where the spans of a subject go.

use std::time::Duration;

use anyhow::{Context as _, Result};
use basalt_tower::{Basalt, Builder, Protocol};
use opentelemetry::{Context, global};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    propagation::TraceContextPropagator,
    trace::{SdkTracerProvider, Span, SpanData, SpanExporter as Exporter, SpanProcessor},
};

/// Where the spans of a subject go.
#[derive(Debug, Clone)]
pub(crate) enum Destination {
    /// Dropped where they end.
    Nowhere,
    /// By the subject's own delivery to a collector, by OTLP over gRPC, in the name of a service.
    Collector {
        /// Its URL.
        endpoint: String,
        /// What `service.name` says.
        service: String,
    },
}

impl Destination {
    /// Ours. For a processor that drops, the queue holds one span and drops the others where they end.
    pub(crate) fn basalt(&self) -> Result<Basalt> {
        let builder = match self {
            Self::Nowhere => Basalt::builder().exporter(Discard).max_queue_spans(1),
            Self::Collector { endpoint, service } => {
                Basalt::builder().endpoint(endpoint).protocol(Protocol::Grpc).service_name(service)
            }
        };
        Ok(builder.build()?)
    }

    /// Ours, with its queue and its thread, and an exporter that drops there.
    pub(crate) fn queued() -> Builder {
        Basalt::builder().exporter(Discard)
    }

    /// The SDK's: a processor that drops, or its batch processor as it is.
    pub(crate) fn provider(&self) -> Result<SdkTracerProvider> {
        Ok(match self {
            Self::Nowhere => SdkTracerProvider::builder().with_span_processor(Discard).build(),
            Self::Collector { endpoint, service } => {
                let exporter = SpanExporter::builder().with_tonic().with_endpoint(endpoint).build();
                SdkTracerProvider::builder()
                    .with_resource(Resource::builder().with_service_name(service.clone()).build())
                    .with_batch_exporter(exporter.context("no exporter of the SDK")?)
                    .build()
            }
        })
    }

    /// The SDK's, for those who know only globals.
    pub(crate) fn install(&self) -> Result<SdkTracerProvider> {
        let provider = self.provider()?;
        global::set_tracer_provider(provider.clone());
        global::set_text_map_propagator(TraceContextPropagator::new());
        Ok(provider)
    }
}

/// Drops every span, as a processor or as an exporter.
#[derive(Debug)]
pub(crate) struct Discard;

impl SpanProcessor for Discard {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        drop(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl Exporter for Discard {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        drop(batch);
        Ok(())
    }
}
