//! No layer at all.

use anyhow::Result;

use super::{Routed, childless, routes};
use crate::{destination::Destination, workload::Application};

pub(super) fn application(_: &Destination) -> Result<Box<dyn Application>> {
    Routed::boxed(routes(childless()), ())
}
