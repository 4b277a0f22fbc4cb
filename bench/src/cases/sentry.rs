//! A client of Sentry whose transport drops what it is given.

use std::sync::Arc;

use sentry::{ClientInitGuard, ClientOptions, Envelope, Transport};

struct Discard;

impl Transport for Discard {
    fn send_envelope(&self, envelope: Envelope) {
        drop(envelope);
    }
}

/// With every transaction sampled, and the integrations that are on by default.
pub(super) fn client() -> ClientInitGuard {
    let options = ClientOptions::new()
        .dsn("http://key@localhost/1")
        .traces_sample_rate(1.0)
        .transport(Arc::new(Discard));
    sentry::init(options)
}
