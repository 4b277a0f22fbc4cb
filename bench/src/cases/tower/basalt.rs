//! Ours, in its usual configurations.

use anyhow::Result;
use axum::routing::{MethodRouter, get};
use basalt_tower::{Basalt, BasaltLayer, CaptureHttp, HeaderIdentity, observe};

use super::{Routed, routes};
use crate::{
    cases::Build,
    destination::Destination,
    shape::{HELLO, Shape},
    workload::{Application, Workload},
};

/// Bytes captured of a body.
const CAPTURED: usize = 16 * 1024;

/// By name.
pub(super) const CASES: [(&str, Shape, Build); 8] = [
    ("default", Shape::Plain, default),
    ("header identity", Shape::Plain, identity),
    ("header identity, its queue and thread", Shape::Plain, queued),
    ("not sampled", Shape::NotSampled, identity),
    ("excluded", Shape::Plain, excluded),
    ("streamed", Shape::Streamed, identity),
    ("three children", Shape::Children, identity),
    ("a body each way, captured", Shape::Body, capturing),
];

/// One of the caller's, with three steps in each request.
pub(crate) fn steps_of(basalt: &Basalt) -> Result<Box<dyn Workload>> {
    observed(basalt.clone(), |layer| layer.identity_from_headers(HeaderIdentity::default()))?
        .workload(Shape::Children)
}

fn default(destination: &Destination) -> Result<Box<dyn Application>> {
    observed(destination.basalt()?, |layer| layer)
}

fn identity(destination: &Destination) -> Result<Box<dyn Application>> {
    observed(destination.basalt()?, |layer| layer.identity_from_headers(HeaderIdentity::default()))
}

fn queued(_: &Destination) -> Result<Box<dyn Application>> {
    let basalt = Destination::queued().build()?;
    observed(basalt, |layer| layer.identity_from_headers(HeaderIdentity::default()))
}

fn excluded(destination: &Destination) -> Result<Box<dyn Application>> {
    observed(destination.basalt()?, |layer| layer.exclude([Shape::Plain.path()]))
}

fn capturing(destination: &Destination) -> Result<Box<dyn Application>> {
    let capture = CaptureHttp::default().request_body(CAPTURED).response_body(CAPTURED);
    observed(destination.basalt()?, |layer| {
        layer.identity_from_headers(HeaderIdentity::default()).capture(capture)
    })
}

fn observed(
    basalt: Basalt,
    options: impl FnOnce(BasaltLayer) -> BasaltLayer,
) -> Result<Box<dyn Application>> {
    let layer = options(BasaltLayer::new(&basalt, "bench"));
    Routed::boxed(routes(children()).layer(layer), basalt)
}

fn children() -> MethodRouter {
    get(|| async {
        for name in ["one", "two", "three"] {
            observe::observe(name).run(|_| async {}).await;
        }
        HELLO
    })
}
