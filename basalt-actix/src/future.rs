//! The response future, which watches a request until it is answered.

use std::{
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_web::{
    Error,
    body::{BodySize, MessageBody},
    dev::ServiceResponse,
    http::header::{self, HeaderMap, HeaderName, HeaderValue},
};
use basalt_core::request::Exchange;
use pin_project_lite::pin_project;

use crate::{
    ResponseBody,
    head::HeaderFields,
    route::{Routes, tell},
};

pin_project! {
    /// Response future of [`BasaltService`](crate::BasaltService).
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        // Leaves with the response. Dropped here, after the inner future, it says that the client has left.
        exchange: Exchange,
        routes: Routes,
    }

    impl<F> PinnedDrop for ResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.exchange.find_route(|path| this.routes.find(path));
        }
    }
}

impl<F> ResponseFuture<F> {
    pub(crate) fn new(inner: F, exchange: Exchange, routes: Routes) -> Self {
        Self { inner, exchange, routes }
    }
}

impl<F, B> Future for ResponseFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<ResponseBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, waker: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let find = |path: &str| this.routes.find(path);
        let answer = ready!(this.exchange.enter_before_routing(|| this.inner.poll(waker), find));
        let mut exchange = mem::take(this.exchange);
        Poll::Ready(match answer {
            Ok(mut response) => {
                tell_trace_id(&mut exchange, response.headers_mut());
                tell(&mut exchange, &response);
                let length = length(&response);
                exchange.answered(response.status().as_u16(), length, &HeaderFields(response.headers()));
                Ok(response.map_body(|_, body| ResponseBody::new(body, exchange)))
            }
            // Actix answers with what the error says, behind all middlewares.
            Err(error) => {
                let status = error.as_response_error().status_code();
                exchange.find_route(|path| this.routes.find(path));
                exchange.answered(status.as_u16(), Some(0), &HeaderFields(&HeaderMap::new()));
                Err(error)
            }
        })
    }
}

fn tell_trace_id(exchange: &mut Exchange, headers: &mut HeaderMap) {
    if let Some((name, id)) = exchange.trace_id_header()
        && let Ok(name) = HeaderName::try_from(name.as_str())
        && let Ok(id) = HeaderValue::try_from(id)
    {
        headers.insert(name, id);
    }
}

/// How many bytes the body will have, if anything says it.
fn length<B: MessageBody>(response: &ServiceResponse<B>) -> Option<u64> {
    match response.response().body().size() {
        BodySize::None => Some(0),
        BodySize::Sized(length) => Some(length),
        BodySize::Stream => response.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok(),
    }
}
