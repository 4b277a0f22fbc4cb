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
    ///
    /// It lets go of the inner body at its end, before the span ends: what that body says of the request while
    /// it is dropped is still heard.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        #[pin]
        inner: Option<B>,
        // Dropped after the inner body. If nothing has ended it by then, the client has left.
        exchange: Exchange,
    }

    impl<B> PinnedDrop for ResponseBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.inner.is_some() {
                this.exchange.enter(|| this.inner.set(None));
            }
        }
    }
}

impl<B> ResponseBody<B> {
    pub(crate) fn new(inner: B, exchange: Exchange) -> Self {
        Self { inner: Some(inner), exchange }
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
        let frame = ready!(this.exchange.enter(|| advance(this.inner.as_mut(), waker)));
        match &frame {
            Some(Ok(frame)) => match (frame.data_ref(), frame.trailers_ref()) {
                (Some(data), _) => this.exchange.sent(data),
                (None, Some(trailers)) => this.exchange.trailers(trailers),
                (None, None) => {}
            },
            Some(Err(error)) => this.exchange.failed(error),
            None => {}
        }
        if this.inner.is_none() {
            this.exchange.completed();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

type Next<B> = Option<Result<Frame<<B as Body>::Data>, <B as Body>::Error>>;

/// The next frame; lets go of the body with the last one. A body that knows its end is not polled again, and
/// nothing comes after trailers.
fn advance<B: Body>(mut body: Pin<&mut Option<B>>, waker: &mut Context<'_>) -> Poll<Next<B>> {
    let Some(open) = body.as_mut().as_pin_mut() else { return Poll::Ready(None) };
    let frame = ready!(open.poll_frame(waker));
    let last = !matches!(&frame, Some(Ok(frame)) if !frame.is_trailers());
    let ended = last || body.as_ref().as_pin_ref().is_none_or(|open| open.is_end_stream());
    if ended {
        body.set(None);
    }
    Poll::Ready(frame)
}
