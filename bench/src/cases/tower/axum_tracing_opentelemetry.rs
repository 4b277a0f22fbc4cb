//! axum-tracing-opentelemetry, as its README has it, on a registry without log lines.

use anyhow::Result;
use axum_tracing_opentelemetry::middleware::{OtelAxumLayer, OtelInResponseLayer};
use opentelemetry::trace::TracerProvider;
use tracing::Level;
use tracing_subscriber::{Registry, filter::Targets, layer::SubscriberExt};

use super::{Routed, childless, routes};
use crate::{destination::Destination, workload::Application};

pub(super) fn application(destination: &Destination) -> Result<Box<dyn Application>> {
    let provider = destination.install()?;
    let levels = Targets::new().with_default(Level::INFO).with_target("otel::tracing", Level::TRACE);
    let exporting = tracing_opentelemetry::layer().with_tracer(provider.tracer("peer"));
    tracing::subscriber::set_global_default(Registry::default().with(levels).with(exporting))?;
    let router = routes(childless()).layer(OtelInResponseLayer).layer(OtelAxumLayer::default());
    Routed::boxed(router, provider)
}
