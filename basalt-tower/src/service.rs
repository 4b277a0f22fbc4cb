//! The service: stands at the door and decides nothing.

use std::{
    fmt::Display,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::{RequestSpan, ResponseBody, ResponseFuture, layer::Options, request_body::teed};

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
    B: 'static,
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
        let mut exchange = self.options.open(&request);
        request.extensions_mut().insert(RequestSpan::new(exchange.root()));
        if let Some(tee) = exchange.request_tee() {
            teed(request.body_mut(), tee);
        }
        let inner = exchange.enter(|| self.inner.call(request));
        ResponseFuture::new(inner, exchange)
    }
}
