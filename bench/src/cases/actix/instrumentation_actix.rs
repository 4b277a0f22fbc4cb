//! opentelemetry-instrumentation-actix-web, as its documentation has it.

use actix_web::App;
use anyhow::Result;
use opentelemetry::global;
use opentelemetry_instrumentation_actix_web::{RequestMetrics, RequestTracing};

use super::{boxed, childless, routes};
use crate::{cases::metrics::discarding, destination::Destination, workload::Application};

pub(super) fn traces(destination: &Destination) -> Result<Box<dyn Application>> {
    let provider = destination.install()?;
    boxed(|| App::new().wrap(RequestTracing::new()).configure(routes(childless)), provider)
}

pub(super) fn metrics(destination: &Destination) -> Result<Box<dyn Application>> {
    let provider = destination.install()?;
    let meters = discarding();
    global::set_meter_provider(meters.clone());
    let app = || {
        App::new().wrap(RequestTracing::new()).wrap(RequestMetrics::default()).configure(routes(childless))
    };
    boxed(app, (provider, meters))
}
