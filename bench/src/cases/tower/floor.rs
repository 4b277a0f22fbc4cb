//! The straightforward use of the SDK, by hand: one SERVER span, 8 attributes, its context active at every poll.

use std::{
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use anyhow::Result;
use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, header},
    response::Response,
    routing::{MethodRouter, get},
};
use opentelemetry::{
    Context, KeyValue,
    context::{FutureExt, WithContext},
    global,
    propagation::TextMapPropagator,
    trace::{SpanKind, Status, TraceContextExt, Tracer, TracerProvider},
};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::{propagation::TraceContextPropagator, trace::SdkTracer};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{Routed, routes};
use crate::{destination::Destination, shape::HELLO, workload::Application};

pub(super) fn application(destination: &Destination) -> Result<Box<dyn Application>> {
    let provider = destination.install()?;
    let layer = Floor { tracer: provider.tracer("floor") };
    Routed::boxed(routes(children()).layer(layer), provider)
}

#[derive(Clone)]
struct Floor {
    tracer: SdkTracer,
}

impl<S> Layer<S> for Floor {
    type Service = Traced<S>;

    fn layer(&self, inner: S) -> Traced<S> {
        Traced { inner, tracer: self.tracer.clone() }
    }
}

#[derive(Clone)]
struct Traced<S> {
    inner: S,
    tracer: SdkTracer,
}

impl<S: Service<Request, Response = Response>> Service<Request> for Traced<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = Answer<S::Future>;

    fn poll_ready(&mut self, context: &mut TaskContext<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let context = self.start(&request);
        Answer { inner: self.inner.call(request).with_context(context.clone()), context }
    }
}

pin_project! {
    struct Answer<F> {
        #[pin]
        inner: WithContext<F>,
        context: Context,
    }
}

impl<F: Future<Output = Result<Response, E>>, E> Future for Answer<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<F::Output> {
        let this = self.project();
        let response = ready!(this.inner.poll(context))?;
        let span = this.context.span();
        let status = response.status();
        span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
        if status.is_server_error() {
            span.set_status(Status::error(""));
        }
        span.end();
        Poll::Ready(Ok(response))
    }
}

impl<S> Traced<S> {
    fn start(&self, request: &Request) -> Context {
        let parent = TraceContextPropagator::new().extract(&HeaderExtractor(request.headers()));
        let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
        let name = format!("{} {route}", request.method());
        let mut attributes = Vec::with_capacity(8);
        attributes.extend([
            KeyValue::new("http.request.method", request.method().as_str().to_owned()),
            KeyValue::new("http.route", route.to_owned()),
            KeyValue::new("url.path", request.uri().path().to_owned()),
            KeyValue::new("url.scheme", "http"),
            KeyValue::new("user_agent.original", user_agent(request.headers())),
            KeyValue::new("network.protocol.name", "http"),
            KeyValue::new("network.protocol.version", "1.1"),
        ]);
        let builder = self.tracer.span_builder(name).with_kind(SpanKind::Server).with_attributes(attributes);
        let span = builder.start_with_context(&self.tracer, &parent);
        parent.with_span(span)
    }
}

fn user_agent(headers: &HeaderMap) -> String {
    headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn children() -> MethodRouter {
    get(|| async {
        for name in ["one", "two", "three"] {
            let context = Context::current_with_span(global::tracer("floor").start(name));
            async {}.with_context(context.clone()).await;
            context.span().end();
        }
        HELLO
    })
}
