//! Exporters, which are foreign code: they may block, fail and panic, and hold up nobody else.

use std::{fmt::Debug, future::Future, pin::Pin, sync::Arc};

use opentelemetry::Context;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{SpanData, SpanExporter},
};
use tokio::{runtime::Handle, sync::Mutex, task::JoinSet};

use crate::foreign;

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
async fn call(
    exporter: &Arc<dyn Exporter>,
    work: impl FnOnce(&(dyn Exporter + 'static)) -> OTelSdkResult + Send + 'static,
) -> Result<(), String> {
    let exporter = Arc::clone(exporter);
    let called = tokio::task::spawn_blocking(move || {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        foreign::caught(|| work(&*exporter))
    });
    match called.await {
        Ok(Some(result)) => result.map_err(|error| error.to_string()),
        Ok(None) => Err("the exporter has panicked".to_owned()),
        Err(_) => Err("the exporter could not be called".to_owned()),
    }
}

/// Exports a batch. The runtime's drivers run on the delivery thread, so the exporter may wait for timers and sockets.
pub(super) async fn export(exporter: &Arc<dyn Exporter>, batch: Vec<SpanData>) -> Result<(), String> {
    let runtime = Handle::current();
    call(exporter, move |exporter| runtime.block_on(exporter.export(batch))).await
}

/// An exporter as it is flushed and shut down.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) exporter: Arc<dyn Exporter>,
    /// Held by the one flush that is on its way: one that never returns holds one thread, and no more.
    pub(super) flushing: Arc<Mutex<()>>,
}

/// Flushes exporters side by side, each once at a time. Says what failed, and at which; none if nothing did.
pub(super) async fn flush(exporters: Vec<Named>) -> Option<String> {
    let flush = |Named { name, exporter, flushing }| async move {
        let turn = flushing.lock_owned().await;
        let flushed = call(&exporter, move |exporter| {
            let _turn = turn;
            exporter.force_flush()
        });
        flushed.await.map_err(|error| format!("{name}: {error}"))
    };
    failed(exporters.into_iter().map(flush)).await
}

/// Shuts exporters down side by side. Says what failed, and at which; none if nothing did.
pub(super) async fn shut_down(exporters: Vec<Named>) -> Option<String> {
    let shut_down = |Named { name, exporter, .. }| async move {
        call(&exporter, <dyn Exporter>::shutdown).await.map_err(|error| format!("{name}: {error}"))
    };
    failed(exporters.into_iter().map(shut_down)).await
}

async fn failed(
    calls: impl Iterator<Item = impl Future<Output = Result<(), String>> + Send + 'static>,
) -> Option<String> {
    let mut calls: JoinSet<_> = calls.collect();
    let mut failed = None;
    while let Some(done) = calls.join_next().await {
        failed = done.ok().and_then(Result::err).or(failed);
    }
    failed
}
