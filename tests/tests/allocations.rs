//! What a request pays in memory: on every hot path, exactly so many allocations more than through a layer that does
//! nothing.

use std::{
    convert::Infallible,
    future::{Ready, poll_fn, ready},
    pin::pin,
};

use actix_web::{
    App, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, Transform},
    rt::System,
    test::TestRequest,
    web,
};
use axum::{Router, body::Body, routing::get};
use basalt_actix::BasaltMiddleware;
use basalt_core::{Basalt, Observe, SpanHandle, context, observe};
use basalt_tower::{BasaltLayer, HeaderIdentity};
use bytes::Bytes;
use futures_util::{FutureExt, Stream, StreamExt, stream};
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{SpanData, SpanExporter},
};
use tower_layer::layer_fn;
use tower_service::Service;

const SAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const NOT_SAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
const HEADERS: [(&str, &str); 3] =
    [("host", "shop.example:8080"), ("user-agent", "allocations/1.0"), ("x-user-id", "u-1")];

#[derive(Debug)]
struct Nowhere;

impl SpanExporter for Nowhere {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

fn basalt() -> Basalt {
    Basalt::builder().exporter(Nowhere).build().unwrap()
}

/// What one round takes on this thread, after some that fill what is kept for reuse.
fn allocations<Q>(prepare: impl Fn() -> Q, mut work: impl FnMut(Q)) -> u64 {
    (0..8).for_each(|_| work(prepare()));
    let request = prepare();
    allocation_counter::measure(|| work(request)).count_total
}

fn chunks() -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::iter(["one", "two", "three"]).map(|chunk| Ok(Bytes::from_static(chunk.as_bytes())))
}

/// Of one request to axum, through a layer.
fn on_axum<L, S>(layer: L, path: &'static str, traceparent: &'static str) -> u64
where
    L: tower_layer::Layer<axum::routing::Route, Service = S> + Clone + Send + Sync + 'static,
    S: Service<Request<Body>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Response: axum::response::IntoResponse + 'static,
    S::Future: Send + 'static,
{
    let router = Router::new()
        .route("/users/{id}", get(|| async { "hello" }))
        .route("/streams/{id}", get(|| async { Body::from_stream(chunks()) }));
    let mut service = router.layer(layer).with_state::<()>(());
    let request = || {
        let request = Request::get(path).header("traceparent", traceparent);
        let request = HEADERS.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.body(Body::empty()).unwrap()
    };
    allocations(request, |request| {
        let response = service.call(request).now_or_never().unwrap().unwrap();
        let mut body = pin!(response.into_body());
        while let Some(frame) = body.frame().now_or_never().unwrap() {
            frame.unwrap();
        }
    })
}

fn added_on_axum(layer: BasaltLayer, path: &'static str, traceparent: &'static str) -> u64 {
    on_axum(layer, path, traceparent) - on_axum(layer_fn(|route| route), path, traceparent)
}

/// Of one request to actix-web, through a middleware.
macro_rules! on_actix {
    ($middleware:expr, $path:expr, $traceparent:expr) => {{
        let app = App::new()
            .route("/users/{id}", web::get().to(|| async { "hello" }))
            .route("/streams/{id}", web::get().to(|| async { HttpResponse::Ok().streaming(chunks()) }))
            .wrap($middleware);
        let service = System::new().block_on(actix_web::test::init_service(app));
        let request = || {
            let request = TestRequest::with_uri($path).insert_header(("traceparent", $traceparent));
            HEADERS.iter().fold(request, |request, header| request.insert_header(*header)).to_request()
        };
        allocations(request, |request| {
            let response = actix_web::dev::Service::call(&service, request).now_or_never().unwrap().unwrap();
            let mut body = pin!(response.into_body());
            while let Some(chunk) = poll_fn(|waker| body.as_mut().poll_next(waker)).now_or_never().unwrap() {
                chunk.ok().unwrap();
            }
        })
    }};
}

fn added_on_actix(middleware: BasaltMiddleware, path: &'static str, traceparent: &'static str) -> u64 {
    on_actix!(middleware, path, traceparent) - on_actix!(Nothing, path, traceparent)
}

/// A middleware that does nothing.
struct Nothing;

impl<S: actix_web::dev::Service<ServiceRequest>> Transform<S, ServiceRequest> for Nothing {
    type Response = S::Response;
    type Error = S::Error;
    type Transform = S;
    type InitError = ();
    type Future = Ready<Result<S, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(inner))
    }
}

fn layer() -> BasaltLayer {
    BasaltLayer::new(&basalt(), "support-chat")
}

fn middleware() -> BasaltMiddleware {
    BasaltMiddleware::new(&basalt(), "support-chat")
}

#[test]
fn a_request_on_axum() {
    assert_eq!(added_on_axum(layer(), "/users/42", SAMPLED), 10);
}

#[test]
fn a_request_on_axum_that_says_who_asks() {
    let layer = layer().identity_from_headers(HeaderIdentity::default());
    assert_eq!(added_on_axum(layer, "/users/42", SAMPLED), 11);
}

#[test]
fn a_request_on_axum_that_is_not_sampled() {
    assert_eq!(added_on_axum(layer(), "/users/42", NOT_SAMPLED), 8);
}

#[test]
fn a_request_on_axum_that_is_excluded() {
    assert_eq!(added_on_axum(layer().exclude(["/users/*"]), "/users/42", SAMPLED), 2);
}

#[test]
fn a_streamed_answer_on_axum() {
    assert_eq!(added_on_axum(layer(), "/streams/42", SAMPLED), 10);
}

#[test]
fn a_request_on_actix() {
    assert_eq!(added_on_actix(middleware(), "/users/42", SAMPLED), 10);
}

#[test]
fn a_request_on_actix_that_says_who_asks() {
    let middleware = middleware().identity_from_headers(HeaderIdentity::default());
    assert_eq!(added_on_actix(middleware, "/users/42", SAMPLED), 11);
}

#[test]
fn a_request_on_actix_that_is_not_sampled() {
    assert_eq!(added_on_actix(middleware(), "/users/42", NOT_SAMPLED), 7);
}

#[test]
fn a_request_on_actix_that_is_excluded() {
    assert_eq!(added_on_actix(middleware().exclude(["/users/*"]), "/users/42", SAMPLED), 1);
}

#[test]
fn a_streamed_answer_on_actix() {
    assert_eq!(added_on_actix(middleware(), "/streams/42", SAMPLED), 10);
}

/// Sets what needs no memory of its own, so that the span's is counted.
fn set_five(span: &SpanHandle) {
    span.set_attribute("one", 1);
    span.set_attribute("two", 2.5);
    span.set_attribute("three", true);
    span.set_attribute("four", -4);
    span.set_attribute("five", 5_u8);
}

fn step() {
    observe::observe("step").in_scope(|span| set_five(span));
}

/// With the root of a trace as the active span.
fn inside(work: impl FnOnce()) {
    let root = basalt().start_observe("support-chat", "root").identity("u-1").start();
    async { work() }.observed(&root).now_or_never().unwrap();
}

#[test]
fn a_step_with_five_attributes() {
    inside(|| assert_eq!(allocations(|| (), |()| step()), 3));
}

#[test]
fn outside_a_trace_a_step_takes_nothing() {
    assert_eq!(allocations(|| (), |()| step()), 0);
}

#[test]
fn what_is_said_of_nothing_takes_nothing() {
    let inert = observe::observe("step").start();
    let work = |()| {
        set_five(&inert);
        inert.set_input("a question");
        inert.set_model("gpt-5");
        inert.set_metadata([("tier", "gold")]);
        inert.set_identity("u-1");
    };
    assert_eq!(allocations(|| (), work), 0);
}

#[test]
fn headers_for_whoever_is_called() {
    let work = |mut headers: HeaderMap| context::inject(&mut headers);
    inside(|| assert_eq!(allocations(|| HeaderMap::with_capacity(8), work), 1));
}
