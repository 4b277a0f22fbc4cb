//! tracing-actix-web with OpenTelemetry, as its README has it; the newest version it knows is 0.32.

use std::time::Duration;

use actix_web::App;
use anyhow::{Context as _, Result};
use opentelemetry_0_32::{Context, global, trace::TracerProvider};
use opentelemetry_otlp_0_32::{SpanExporter, WithExportConfig};
use opentelemetry_sdk_0_32::{
    Resource,
    error::OTelSdkResult,
    propagation::TraceContextPropagator,
    trace::{SdkTracerProvider, Span, SpanData, SpanProcessor},
};
use tracing::level_filters::LevelFilter;
use tracing_actix_web::TracingLogger;
use tracing_subscriber::{Registry, layer::SubscriberExt};

use super::{boxed, childless, routes};
use crate::{destination::Destination, workload::Application};

pub(super) fn application(destination: &Destination) -> Result<Box<dyn Application>> {
    let provider = provider(destination)?;
    global::set_tracer_provider(provider.clone());
    global::set_text_map_propagator(TraceContextPropagator::new());
    let exporting = tracing_opentelemetry_0_33::layer().with_tracer(provider.tracer("peer"));
    tracing::subscriber::set_global_default(Registry::default().with(LevelFilter::INFO).with(exporting))?;
    boxed(|| App::new().wrap(TracingLogger::default()).configure(routes(childless)), provider)
}

fn provider(destination: &Destination) -> Result<SdkTracerProvider> {
    Ok(match destination {
        Destination::Nowhere => SdkTracerProvider::builder().with_span_processor(Discard).build(),
        Destination::Collector { endpoint, service } => {
            let exporter = SpanExporter::builder().with_tonic().with_endpoint(endpoint).build();
            SdkTracerProvider::builder()
                .with_resource(Resource::builder().with_service_name(service.clone()).build())
                .with_batch_exporter(exporter.context("no exporter of the SDK")?)
                .build()
        }
    })
}

/// Drops every span.
#[derive(Debug)]
struct Discard;

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
