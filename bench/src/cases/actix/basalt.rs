//! Ours, in its usual configurations.

use actix_web::{App, Route, web};
use anyhow::Result;
use basalt_actix::{Basalt, BasaltMiddleware, CaptureHttp, HeaderIdentity, observe};

use super::{boxed, routes};
use crate::{
    cases::Build,
    destination::Destination,
    shape::{HELLO, Shape},
    workload::Application,
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

fn default(destination: &Destination) -> Result<Box<dyn Application>> {
    observed(destination.basalt()?, |middleware| middleware)
}

fn identity(destination: &Destination) -> Result<Box<dyn Application>> {
    observed(destination.basalt()?, |middleware| middleware.identity_from_headers(HeaderIdentity::default()))
}

fn queued(_: &Destination) -> Result<Box<dyn Application>> {
    let basalt = Destination::queued().build()?;
    observed(basalt, |middleware| middleware.identity_from_headers(HeaderIdentity::default()))
}

fn excluded(destination: &Destination) -> Result<Box<dyn Application>> {
    observed(destination.basalt()?, |middleware| middleware.exclude([Shape::Plain.path()]))
}

fn capturing(destination: &Destination) -> Result<Box<dyn Application>> {
    let capture = CaptureHttp::default().request_body(CAPTURED).response_body(CAPTURED);
    observed(destination.basalt()?, |middleware| {
        middleware.identity_from_headers(HeaderIdentity::default()).capture(capture)
    })
}

fn observed(
    basalt: Basalt,
    options: impl FnOnce(BasaltMiddleware) -> BasaltMiddleware,
) -> Result<Box<dyn Application>> {
    let middleware = options(BasaltMiddleware::new(&basalt, "bench"));
    boxed(move || App::new().wrap(middleware.clone()).configure(routes(children)), basalt)
}

fn children() -> Route {
    web::get().to(|| async {
        for name in ["one", "two", "three"] {
            observe::observe(name).run(|_| async {}).await;
        }
        HELLO
    })
}
