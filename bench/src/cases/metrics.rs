//! Metrics that are recorded and go nowhere.

use std::time::Duration;

use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{SdkMeterProvider, Temporality, data::ResourceMetrics, exporter::PushMetricExporter},
};

/// Collects every minute, as by default, and drops what it collects.
pub(super) fn discarding() -> SdkMeterProvider {
    SdkMeterProvider::builder().with_periodic_exporter(Discard).build()
}

struct Discard;

impl PushMetricExporter for Discard {
    async fn export(&self, _: &ResourceMetrics) -> OTelSdkResult {
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}
