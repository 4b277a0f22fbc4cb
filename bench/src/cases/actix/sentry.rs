//! sentry-actix with a transaction for every request, as its README has it, on a transport that drops.

use actix_web::App;
use anyhow::Result;
use sentry::integrations::actix::Sentry;

use super::{boxed, childless, routes};
use crate::{cases::sentry::client, destination::Destination, workload::Application};

pub(super) fn application(_: &Destination) -> Result<Box<dyn Application>> {
    let client = client();
    boxed(|| App::new().wrap(Sentry::with_transaction()).configure(routes(childless)), client)
}
