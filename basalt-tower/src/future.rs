//! The response future, which watches a request until it is answered.

use std::{
    fmt::Display,
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use basalt_core::request::Exchange;
use http::{HeaderValue, Response, header};
use http_body::Body;
use pin_project_lite::pin_project;

use crate::{ResponseBody, head::route};

pin_project! {
    /// Response future of [`BasaltService`](crate::BasaltService).
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        // Leaves with the response. Dropped here, after the inner future, it says that the client has left.
        exchange: Exchange,
    }
}

impl<F> ResponseFuture<F> {
    pub(crate) fn new(inner: F, exchange: Exchange) -> Self {
        Self { inner, exchange }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
    E: Display,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, waker: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let answer = ready!(this.exchange.enter(|| this.inner.poll(waker)));
        let mut exchange = mem::take(this.exchange);
        Poll::Ready(match answer {
            Ok(mut response) => {
                if let Some((header, id)) = exchange.trace_id_header()
                    && let Ok(id) = HeaderValue::try_from(id)
                {
                    response.headers_mut().insert(header, id);
                }
                if exchange.wants_route()
                    && let Some(route) = route(response.extensions())
                {
                    exchange.routed(route);
                }
                exchange.answered(response.status().as_u16(), length(&response), response.headers());
                Ok(response.map(|body| ResponseBody::new(body, exchange)))
            }
            Err(error) => {
                exchange.failed(&error);
                Err(error)
            }
        })
    }
}

/// How many bytes the body will have, if anything says it.
fn length<B: Body>(response: &Response<B>) -> Option<u64> {
    if response.body().is_end_stream() {
        return Some(0);
    }
    let announced = || response.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok();
    response.body().size_hint().exact().or_else(announced)
}
