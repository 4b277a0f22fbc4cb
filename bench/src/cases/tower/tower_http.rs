//! tower-http's `TraceLayer`, which makes spans of `tracing` and exports nothing by itself.

use anyhow::Result;
use tower_http::trace::TraceLayer;
use tracing_subscriber::Registry;

use super::{Routed, childless, routes};
use crate::{destination::Destination, workload::Application};

/// Nobody listens.
pub(super) fn alone(_: &Destination) -> Result<Box<dyn Application>> {
    Routed::boxed(routes(childless()).layer(TraceLayer::new_for_http()), ())
}

/// A registry keeps the spans.
pub(super) fn subscribed(destination: &Destination) -> Result<Box<dyn Application>> {
    tracing::subscriber::set_global_default(Registry::default())?;
    alone(destination)
}
