//! Exporters, which are foreign code: they may block, fail and panic, and hold up nobody else.

use std::{fmt::Debug, future::Future, pin::Pin, sync::Arc};

use opentelemetry::Context;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{SpanData, SpanExporter},
};
use tokio::{runtime::Handle, task::JoinSet};

/// OpenTelemetry's [`SpanExporter`], made object-safe, so that destinations can be listed.
pub(crate) trait Exporter: Debug + Send + Sync {
    fn export(&self, batch: Vec<SpanData>) -> Pin<Box<dyn Future<Output = OTelSdkResult> + Send + '_>>;
    fn force_flush(&self) -> OTelSdkResult;
    fn shutdown(&self) -> OTelSdkResult;
    fn set_resource(&mut self, resource: &Resource);
}

impl<E: SpanExporter> Exporter for E {
    fn export(&self, batch: Vec<SpanData>) -> Pin<Box<dyn Future<Output = OTelSdkResult> + Send + '_>> {
        Box::pin(SpanExporter::export(self, batch))
    }

    fn force_flush(&self) -> OTelSdkResult {
        SpanExporter::force_flush(self)
    }

    fn shutdown(&self) -> OTelSdkResult {
        SpanExporter::shutdown(self)
    }

    fn set_resource(&mut self, resource: &Resource) {
        SpanExporter::set_resource(self, resource);
    }
}

/// Calls an exporter on a blocking thread of the delivery runtime, where it is not observed. An error is its own, or
/// says that it panicked.
pub(super) async fn call(
    exporter: &Arc<dyn Exporter>,
    work: impl FnOnce(&(dyn Exporter + 'static)) -> OTelSdkResult + Send + 'static,
) -> Result<(), String> {
    let exporter = Arc::clone(exporter);
    let called = tokio::task::spawn_blocking(move || {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        work(&*exporter)
    });
    match called.await {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(_) => Err("the exporter has panicked".to_owned()),
    }
}

/// Exports a batch. The runtime's drivers run on the delivery thread, so the exporter may wait for timers and sockets.
pub(super) async fn export(exporter: &Arc<dyn Exporter>, batch: Vec<SpanData>) -> Result<(), String> {
    let runtime = Handle::current();
    call(exporter, move |exporter| runtime.block_on(exporter.export(batch))).await
}

/// Calls several exporters side by side. Says what failed, and at which; none if nothing did.
pub(super) async fn call_all(
    exporters: Vec<(String, Arc<dyn Exporter>)>,
    work: fn(&(dyn Exporter + 'static)) -> OTelSdkResult,
) -> Option<String> {
    let mut calls = JoinSet::new();
    for (name, exporter) in exporters {
        calls.spawn(async move { call(&exporter, work).await.map_err(|error| format!("{name}: {error}")) });
    }
    let mut failed = None;
    while let Some(done) = calls.join_next().await {
        failed = done.ok().and_then(Result::err).or(failed);
    }
    failed
}
