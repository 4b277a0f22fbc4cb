//! Spans with five attributes below a root that is open, one file per subject.

mod basalt;
mod fastrace;
mod sdk;
mod tracing_opentelemetry;

use anyhow::Result;

use super::{Case, Front, Role, Subject};
use crate::{shape::Shape, workload::Workload};

/// All of them.
pub(super) fn cases() -> Vec<Case> {
    let case = |name, role, build: fn() -> Result<Box<dyn Workload>>| Case {
        name,
        front: Front::Child,
        role,
        shape: Shape::Plain,
        subject: Subject::Working(build),
    };
    vec![
        case("SDK, attached", Role::Floor, sdk::attached),
        case("SDK, detached", Role::Peer, sdk::detached),
        case("observe", Role::Ours, basalt::attached),
        case("observe, detached", Role::Ours, basalt::detached),
        case("fastrace", Role::Peer, fastrace::local),
        case("tracing-opentelemetry", Role::Peer, tracing_opentelemetry::entered),
    ]
}

/// Two texts, two numbers, a bool.
const TEXTS: [(&str, &str); 2] = [("shop.step", "search"), ("shop.index", "documents")];
const NUMBERS: [(&str, i64); 2] = [("shop.results", 4), ("shop.offset", 20)];
const FLAG: (&str, bool) = ("shop.cached", false);

/// One span, so many times, while something is kept.
struct Spans<K, F> {
    keep: K,
    span: F,
}

impl<K, F: FnMut(&K)> Workload for Spans<K, F> {
    fn run(&mut self, count: u64) -> Result<()> {
        for _ in 0..count {
            (self.span)(&self.keep);
        }
        Ok(())
    }
}
