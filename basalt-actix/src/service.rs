//! The service: stands at the door and decides nothing.

use std::sync::Arc;

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{Service, ServiceRequest, ServiceResponse, forward_ready},
};

use crate::{
    RequestSpan, ResponseBody, ResponseFuture, middleware::Options, request_body::teed, route::Routes,
};

/// Observes the requests of the service it wraps: [`BasaltMiddleware`](crate::BasaltMiddleware).
#[derive(Debug, Clone)]
pub struct BasaltService<S> {
    inner: S,
    options: Arc<Options>,
    routes: Routes,
}

impl<S> BasaltService<S> {
    pub(crate) fn new(inner: S, options: Arc<Options>) -> Self {
        Self { inner, options, routes: Routes::default() }
    }
}

impl<S, B> Service<ServiceRequest> for BasaltService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<ResponseBody<B>>;
    type Error = Error;
    type Future = ResponseFuture<S::Future>;

    forward_ready!(inner);

    fn call(&self, mut request: ServiceRequest) -> ResponseFuture<S::Future> {
        let mut exchange = self.options.open(&request);
        request.extensions_mut().insert(RequestSpan::new(exchange.root()));
        if let Some(tee) = exchange.request_tee() {
            teed(&mut request, tee);
        }
        self.routes.learn(&request);
        let inner = exchange.enter_before_routing(|| self.inner.call(request), |path| self.routes.find(path));
        ResponseFuture::new(inner, exchange, self.routes.clone())
    }
}
