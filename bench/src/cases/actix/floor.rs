//! The straightforward use of the SDK, by hand: one SERVER span, 8 attributes, its context active at every poll.

use std::{
    future::{Ready, ready},
    pin::Pin,
    str::FromStr,
    task::{Context as TaskContext, Poll},
};

use actix_web::{
    App, Error, Route,
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
    http::header::HeaderName,
    web,
};
use anyhow::Result;
use opentelemetry::{
    Context, KeyValue,
    context::{FutureExt, WithContext},
    global,
    propagation::{Extractor, TextMapPropagator},
    trace::{SpanKind, Status, TraceContextExt, Tracer, TracerProvider},
};
use opentelemetry_sdk::{propagation::TraceContextPropagator, trace::SdkTracer};
use pin_project_lite::pin_project;

use super::{boxed, routes};
use crate::{destination::Destination, shape::HELLO, workload::Application};

pub(super) fn application(destination: &Destination) -> Result<Box<dyn Application>> {
    let provider = destination.install()?;
    let tracer = provider.tracer("floor");
    boxed(move || App::new().wrap(Floor { tracer: tracer.clone() }).configure(routes(children)), provider)
}

struct Floor {
    tracer: SdkTracer,
}

impl<S, B> Transform<S, ServiceRequest> for Floor
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = Traced<S>;
    type InitError = ();
    type Future = Ready<Result<Traced<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(Traced { inner, tracer: self.tracer.clone() }))
    }
}

struct Traced<S> {
    inner: S,
    tracer: SdkTracer,
}

impl<S, B> Service<ServiceRequest> for Traced<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = Answer<S::Future>;

    fn poll_ready(&self, context: &mut TaskContext<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
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

impl<F: Future<Output = Result<ServiceResponse<B>, Error>>, B> Future for Answer<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<F::Output> {
        let this = self.project();
        let response = std::task::ready!(this.inner.poll(context))?;
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
    fn start(&self, request: &ServiceRequest) -> Context {
        let parent = TraceContextPropagator::new().extract(&Headers(request));
        let route = request.match_pattern().unwrap_or_default();
        let name = format!("{} {route}", request.method());
        let mut attributes = Vec::with_capacity(8);
        attributes.extend([
            KeyValue::new("http.request.method", request.method().as_str().to_owned()),
            KeyValue::new("http.route", route),
            KeyValue::new("url.path", request.path().to_owned()),
            KeyValue::new("url.scheme", "http"),
            KeyValue::new("user_agent.original", user_agent(request)),
            KeyValue::new("network.protocol.name", "http"),
            KeyValue::new("network.protocol.version", "1.1"),
        ]);
        let builder = self.tracer.span_builder(name).with_kind(SpanKind::Server).with_attributes(attributes);
        let span = builder.start_with_context(&self.tracer, &parent);
        parent.with_span(span)
    }
}

fn user_agent(request: &ServiceRequest) -> String {
    request.headers().get("user-agent").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// actix-web has headers of its own.
struct Headers<'a>(&'a ServiceRequest);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        let name = HeaderName::from_str(key).ok()?;
        self.0.headers().get(name)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.headers().keys().map(HeaderName::as_str).collect()
    }
}

fn children() -> Route {
    web::get().to(|| async {
        for name in ["one", "two", "three"] {
            let context = Context::current_with_span(global::tracer("floor").start(name));
            async {}.with_context(context.clone()).await;
            context.span().end();
        }
        HELLO
    })
}
