//! sentry-tower with a transaction for every request, as its README has it, on a transport that drops.

use anyhow::Result;
use axum::extract::Request;
use sentry::integrations::tower::{NewSentryLayer, SentryHttpLayer};

use super::{Routed, childless, routes};
use crate::{cases::sentry::client, destination::Destination, workload::Application};

pub(super) fn application(_: &Destination) -> Result<Box<dyn Application>> {
    let client = client();
    let router = routes(childless())
        .layer(SentryHttpLayer::new().enable_transaction())
        .layer(NewSentryLayer::<Request>::new_from_top());
    Routed::boxed(router, client)
}
