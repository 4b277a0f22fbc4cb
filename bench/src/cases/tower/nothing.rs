//! A layer that does nothing: what having a layer costs in axum.

use std::task::{Context, Poll};

use anyhow::Result;
use axum::extract::Request;
use tower_layer::Layer;
use tower_service::Service;

use super::{Routed, childless, routes};
use crate::{destination::Destination, workload::Application};

pub(super) fn application(_: &Destination) -> Result<Box<dyn Application>> {
    Routed::boxed(routes(childless()).layer(Nothing), ())
}

#[derive(Clone)]
struct Nothing;

impl<S> Layer<S> for Nothing {
    type Service = Passing<S>;

    fn layer(&self, inner: S) -> Passing<S> {
        Passing(inner)
    }
}

#[derive(Clone)]
struct Passing<S>(S);

impl<S: Service<Request>> Service<Request> for Passing<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> S::Future {
        self.0.call(request)
    }
}
