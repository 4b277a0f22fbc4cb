//! Routers of axum, one file per subject.

mod axum_tracing_opentelemetry;
mod bare;
pub(super) mod basalt;
mod fastrace;
mod floor;
mod instrumentation_tower;
mod nothing;
mod sentry;
mod tower_http;

use std::{any::Any, convert::Infallible, net::SocketAddr};

use anyhow::{Result, ensure};
use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderValue, Method, Uri, header::HeaderName},
    routing::{MethodRouter, get, post},
};
use bytes::Bytes;
use futures_util::stream;
use http_body_util::BodyExt;
use tokio::{net::TcpListener, runtime::Runtime};
use tower_service::Service;

use super::{Build, Case, Front, Role};
use crate::{
    shape::{HELLO, LETTER, PIECES, Shape},
    workload::{Application, Workload, current_thread},
};

/// All of them.
pub(super) fn cases() -> Vec<Case> {
    let case = |name, role, shape, application| Case::serving(Front::Axum, name, role, shape, application);
    let mut cases = vec![
        case("bare", Role::Bare, Shape::Plain, bare::application),
        case("do-nothing layer", Role::Nothing, Shape::Plain, nothing::application),
        case("hand-written SDK floor", Role::Floor, Shape::Plain, floor::application),
    ];
    let ours = |ground| {
        let same = basalt::CASES.iter().filter(move |(_, shape, _)| shape.ground() == ground);
        same.map(move |&(name, shape, build)| case(name, Role::Ours, shape, build))
    };
    cases.extend(ours(Shape::Plain));
    for (name, application) in [
        ("tower-http TraceLayer, no subscriber", tower_http::alone as Build),
        ("tower-http TraceLayer, registry", tower_http::subscribed),
    ] {
        cases.push(case(name, Role::Unexported, Shape::Plain, application));
    }
    for (name, application) in [
        ("opentelemetry-instrumentation-tower, traces", instrumentation_tower::traces as Build),
        ("opentelemetry-instrumentation-tower, metrics too", instrumentation_tower::metrics),
        ("axum-tracing-opentelemetry", axum_tracing_opentelemetry::application),
        ("sentry-tower, transactions", sentry::application),
        ("fastrace-axum", fastrace::application),
    ] {
        cases.push(case(name, Role::Peer, Shape::Plain, application));
    }
    for ([bare, nothing, floor], shape) in super::SHAPED {
        cases.push(case(bare, Role::Bare, shape, bare::application));
        cases.push(case(nothing, Role::Nothing, shape, nothing::application));
        cases.push(case(floor, Role::Floor, shape, floor::application));
        cases.extend(ours(shape));
    }
    cases
}

async fn streamed() -> Body {
    let piece = Ok::<_, Infallible>(Bytes::from_static(HELLO.as_bytes()));
    Body::from_stream(stream::iter(std::iter::repeat_n(piece, PIECES)))
}

/// A router, and what must live as long.
struct Routed {
    router: Router,
    keep: Box<dyn Any>,
}

impl Routed {
    fn boxed(router: Router, keep: impl Any) -> Result<Box<dyn Application>> {
        Ok(Box::new(Self { router, keep: Box::new(keep) }))
    }
}

/// The routes of all subjects. The steps in the handler are each subject's own affair.
fn routes(children: MethodRouter) -> Router {
    Router::new()
        .route("/plain/{id}", get(|| async { HELLO }))
        .route("/streamed/{id}", get(streamed))
        .route("/body/{id}", post(|letter: Bytes| async move { letter }))
        .route("/children/{id}", children)
}

/// No steps in the handler.
fn childless() -> MethodRouter {
    get(|| async { HELLO })
}

impl Application for Routed {
    fn workload(self: Box<Self>, shape: Shape) -> Result<Box<dyn Workload>> {
        // As `axum::serve` does; without, layers are applied anew for every request.
        let router = self.router.with_state(());
        Ok(Box::new(Requests { runtime: current_thread()?, router, shape, _keep: self.keep }))
    }

    fn serve(self: Box<Self>, runtime: Runtime) -> Result<()> {
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            crate::pipe::tell(listener.local_addr()?.port())?;
            axum::serve(listener, self.router.into_make_service_with_connect_info::<SocketAddr>()).await?;
            Ok(())
        })
    }
}

struct Requests {
    runtime: Runtime,
    router: Router,
    shape: Shape,
    _keep: Box<dyn Any>,
}

impl Workload for Requests {
    fn run(&mut self, count: u64) -> Result<()> {
        let Self { runtime, router, shape, .. } = self;
        runtime.block_on(async {
            for _ in 0..count {
                let mut response = router.call(request(*shape)).await?;
                ensure!(response.status().is_success(), "{}", response.status());
                while let Some(frame) = response.body_mut().frame().await {
                    frame?;
                }
            }
            Ok(())
        })
    }
}

fn request(shape: Shape) -> Request {
    let body = if shape.posts() { Body::from(LETTER) } else { Body::empty() };
    let mut request = Request::new(body);
    *request.method_mut() = if shape.posts() { Method::POST } else { Method::GET };
    *request.uri_mut() = Uri::from_static(shape.path());
    for (name, value) in shape.headers() {
        request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    request
}
