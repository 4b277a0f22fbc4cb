//! A reporter of fastrace that drops what it is given.

use fastrace::collector::{Config, Reporter, SpanRecord};

struct Discard;

impl Reporter for Discard {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        drop(spans);
    }
}

/// From now on.
pub(super) fn report_nowhere() {
    fastrace::set_reporter(Discard, Config::default());
}
