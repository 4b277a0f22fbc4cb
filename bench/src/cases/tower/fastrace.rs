//! fastrace-axum, as its README has it, with a reporter that drops.

use anyhow::Result;
use fastrace_axum::FastraceLayer;

use super::{Routed, childless, routes};
use crate::{cases::fastrace::report_nowhere, destination::Destination, workload::Application};

pub(super) fn application(_: &Destination) -> Result<Box<dyn Application>> {
    report_nowhere();
    Routed::boxed(routes(childless()).layer(FastraceLayer::default()), ())
}
