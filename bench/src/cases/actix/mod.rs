//! Apps of actix-web, one file per subject.

mod bare;
mod basalt;
mod floor;
mod instrumentation_actix;
mod nothing;
mod sentry;
mod tracing_actix;

use std::{any::Any, convert::Infallible, fmt, future::poll_fn, marker::PhantomData, pin::pin, rc::Rc};

use actix_http::Request;
use actix_service::IntoServiceFactory;
use actix_web::{
    Error, HttpResponse, HttpServer, Route,
    body::MessageBody,
    dev::{AppConfig, Service, ServiceFactory, ServiceResponse},
    rt::System,
    test::{self, TestRequest},
    web::{self, Bytes, ServiceConfig},
};
use anyhow::{Result, anyhow, ensure};
use futures_util::stream;
use tokio::runtime::Runtime;

use super::{Build, Case, Front, Role};
use crate::{
    shape::{HELLO, LETTER, PEER, PIECES, Shape},
    workload::{Application, Workload},
};

/// All of them.
pub(super) fn cases() -> Vec<Case> {
    let case = |name, role, shape, application| Case::serving(Front::Actix, name, role, shape, application);
    let mut cases = vec![
        case("bare", Role::Bare, Shape::Plain, bare::application as Build),
        case("do-nothing middleware", Role::Nothing, Shape::Plain, nothing::application),
        case("hand-written SDK floor", Role::Floor, Shape::Plain, floor::application),
    ];
    let ours = |ground| {
        let same = basalt::CASES.iter().filter(move |(_, shape, _)| shape.ground() == ground);
        same.map(move |&(name, shape, build)| case(name, Role::Ours, shape, build))
    };
    cases.extend(ours(Shape::Plain));
    for (name, application) in [
        ("opentelemetry-instrumentation-actix-web, traces", instrumentation_actix::traces as Build),
        ("opentelemetry-instrumentation-actix-web, metrics too", instrumentation_actix::metrics),
        ("sentry-actix, transactions", sentry::application),
        ("tracing-actix-web, OpenTelemetry 0.32", tracing_actix::application),
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

/// The routes of all subjects. The steps in the handler are each subject's own affair.
fn routes(children: fn() -> Route) -> impl Fn(&mut ServiceConfig) + Clone {
    move |config| {
        config
            .route("/plain/{id}", web::get().to(|| async { HELLO }))
            .route("/streamed/{id}", web::get().to(streamed))
            .route("/body/{id}", web::post().to(|letter: Bytes| async move { letter }))
            .route("/children/{id}", children());
    }
}

/// No steps in the handler.
fn childless() -> Route {
    web::get().to(|| async { HELLO })
}

async fn streamed() -> HttpResponse {
    let piece = Ok::<_, Infallible>(Bytes::from_static(HELLO.as_bytes()));
    HttpResponse::Ok().streaming(stream::iter(std::iter::repeat_n(piece, PIECES)))
}

/// What makes the apps, and what must live as long.
struct Factory<F, S> {
    make: F,
    keep: Box<dyn Any>,
    service: PhantomData<S>,
}

fn boxed<F, I, S, B>(make: F, keep: impl Any) -> Result<Box<dyn Application>>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request> + 'static,
    S: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::InitError: fmt::Debug,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    Ok(Box::new(Factory { make, keep: Box::new(keep), service: PhantomData::<S> }))
}

impl<F, I, S, B> Application for Factory<F, S>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request> + 'static,
    S: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::InitError: fmt::Debug,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    fn workload(self: Box<Self>, shape: Shape) -> Result<Box<dyn Workload>> {
        let system = System::new();
        let service = system.block_on(test::init_service((self.make)()));
        Ok(Box::new(Requests { system, service: Rc::new(service), shape, _keep: self.keep }))
    }

    fn serve(self: Box<Self>, runtime: Runtime) -> Result<()> {
        let kept = std::sync::Mutex::new(Some(runtime));
        let system = System::with_tokio_rt(move || match kept.lock().ok().and_then(|mut kept| kept.take()) {
            Some(runtime) => runtime,
            None => std::process::abort(),
        });
        system.block_on(async {
            let server = HttpServer::new(self.make).workers(1).bind("127.0.0.1:0")?;
            let address = server.addrs().first().copied().ok_or_else(|| anyhow!("no port"))?;
            crate::pipe::tell(address.port())?;
            Ok(server.run().await?)
        })
    }
}

struct Requests<S> {
    system: actix_web::rt::SystemRunner,
    service: Rc<S>,
    shape: Shape,
    _keep: Box<dyn Any>,
}

impl<S, B> Workload for Requests<S>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    fn run(&mut self, count: u64) -> Result<()> {
        let Self { system, service, shape, .. } = self;
        system.block_on(async {
            for _ in 0..count {
                let response = service.call(request(*shape)).await.map_err(|error| anyhow!("{error}"))?;
                ensure!(response.status().is_success(), "{}", response.status());
                let mut body = pin!(response.into_body());
                while let Some(piece) = poll_fn(|context| body.as_mut().poll_next(context)).await {
                    piece.map_err(|error| anyhow!("{}", error.into()))?;
                }
            }
            Ok(())
        })
    }
}

fn request(shape: Shape) -> Request {
    let request = if shape.posts() {
        TestRequest::post().set_payload(Bytes::from_static(LETTER.as_bytes()))
    } else {
        TestRequest::get()
    };
    let request = request.uri(shape.path()).peer_addr(PEER);
    shape.headers().into_iter().fold(request, TestRequest::insert_header).to_request()
}
