//! The response body, which watches an answer until its last byte.

use std::{
    error::Error,
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_web::body::{BodySize, MessageBody};
use basalt_core::request::Exchange;
use bytes::Bytes;
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

impl<B: MessageBody> MessageBody for ResponseBody<B> {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        self.inner.as_ref().map_or(BodySize::None, MessageBody::size)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        waker: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Box<dyn Error>>>> {
        let mut this = self.project();
        let chunk = ready!(this.exchange.enter(|| advance(this.inner.as_mut(), waker)));
        let chunk = chunk.map(|chunk| chunk.map_err(Into::into));
        match &chunk {
            Some(Ok(data)) => this.exchange.sent(data),
            Some(Err(error)) => this.exchange.failed(&**error),
            None => this.exchange.completed(),
        }
        Poll::Ready(chunk)
    }
}

type Next<B> = Option<Result<Bytes, <B as MessageBody>::Error>>;

/// The next chunk; lets go of the body at its end.
fn advance<B: MessageBody>(mut body: Pin<&mut Option<B>>, waker: &mut Context<'_>) -> Poll<Next<B>> {
    let Some(open) = body.as_mut().as_pin_mut() else { return Poll::Ready(None) };
    let chunk = ready!(open.poll_next(waker));
    if !matches!(chunk, Some(Ok(_))) {
        body.set(None);
    }
    Poll::Ready(chunk)
}
