//! The response body, which watches an answer until its last byte.

use std::{
    fmt::Display,
    pin::Pin,
    task::{Context, Poll, ready},
};

use basalt_core::request::Exchange;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// Response body of [`BasaltService`](crate::BasaltService).
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        #[pin]
        inner: B,
        // Dropped after the inner body. If nothing has ended it by then, the client has left.
        exchange: Exchange,
    }
}

impl<B> ResponseBody<B> {
    pub(crate) fn new(inner: B, exchange: Exchange) -> Self {
        Self { inner, exchange }
    }
}

impl<B> Body for ResponseBody<B>
where
    B: Body,
    B::Error: Display,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        waker: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let frame = ready!(this.exchange.enter(|| this.inner.as_mut().poll_frame(waker)));
        match &frame {
            Some(Ok(frame)) => this.exchange.sent(frame.data_ref().map_or(0, bytes_in)),
            Some(Err(error)) => this.exchange.failed(error),
            None => this.exchange.completed(),
        }
        // A body that knows its end is not polled again.
        if this.inner.is_end_stream() {
            this.exchange.completed();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

fn bytes_in(data: &impl bytes::Buf) -> usize {
    data.remaining()
}
