//! The service: stands at the door and decides nothing.

use std::{
    fmt::Display,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::{RequestSpan, ResponseBody, ResponseFuture, head::head, layer::Options};

/// Observes the requests of the service it wraps: [`BasaltLayer`](crate::BasaltLayer).
#[derive(Debug, Clone)]
pub struct BasaltService<S> {
    inner: S,
    options: Arc<Options>,
}

impl<S> BasaltService<S> {
    pub(crate) fn new(inner: S, options: Arc<Options>) -> Self {
        Self { inner, options }
    }
}

impl<S, B, R> Service<Request<B>> for BasaltService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Display,
    R: Body,
    R::Error: Display,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, waker: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(waker)
    }

    fn call(&mut self, mut request: Request<B>) -> ResponseFuture<S::Future> {
        let verified = || self.options.verified?(request.extensions());
        let mut exchange = self.options.observer.open(&head(&request), verified);
        request.extensions_mut().insert(RequestSpan::new(exchange.root()));
        let inner = exchange.enter(|| self.inner.call(request));
        ResponseFuture::new(inner, exchange, self.options.trace_id_header.clone())
    }
}
