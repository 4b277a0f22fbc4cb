//! opentelemetry-instrumentation-tower, as its README has it.

use anyhow::Result;
use opentelemetry::global;
use opentelemetry_instrumentation_tower::http::server::{Layer, LayerBuilder};

use super::{Routed, childless, routes};
use crate::{cases::metrics::discarding, destination::Destination, workload::Application};

pub(super) fn traces(destination: &Destination) -> Result<Box<dyn Application>> {
    let provider = destination.install()?;
    let layer = LayerBuilder::builder().with_metrics(false).build()?;
    Routed::boxed(routes(childless()).layer(layer), provider)
}

pub(super) fn metrics(destination: &Destination) -> Result<Box<dyn Application>> {
    let provider = destination.install()?;
    let meters = discarding();
    global::set_meter_provider(meters.clone());
    Routed::boxed(routes(childless()).layer(Layer::new()), (provider, meters))
}
