//! No middleware at all.

use actix_web::App;
use anyhow::Result;

use super::{boxed, childless, routes};
use crate::{destination::Destination, workload::Application};

pub(super) fn application(_: &Destination) -> Result<Box<dyn Application>> {
    boxed(|| App::new().configure(routes(childless)), ())
}
