//! A middleware that does nothing: what having one costs in actix-web.

use std::{
    future::{Ready, ready},
    task::{Context, Poll},
};

use actix_web::{
    App, Error,
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
};
use anyhow::Result;

use super::{boxed, childless, routes};
use crate::{destination::Destination, workload::Application};

pub(super) fn application(_: &Destination) -> Result<Box<dyn Application>> {
    boxed(|| App::new().wrap(Nothing).configure(routes(childless)), ())
}

struct Nothing;

impl<S, B> Transform<S, ServiceRequest> for Nothing
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = Passing<S>;
    type InitError = ();
    type Future = Ready<Result<Passing<S>, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Passing(service)))
    }
}

struct Passing<S>(S);

impl<S: Service<ServiceRequest>> Service<ServiceRequest> for Passing<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> S::Future {
        self.0.call(request)
    }
}
