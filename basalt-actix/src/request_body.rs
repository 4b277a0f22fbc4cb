//! The request body, of which a copy is taken while the handler reads it.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_web::{
    HttpMessage,
    dev::{Payload, ServiceRequest},
    error::PayloadError,
};
use basalt_core::request::Tee;
use bytes::Bytes;
use futures_core::Stream;

/// Puts a payload that copies in the place of the request's own.
pub(crate) fn teed(request: &mut ServiceRequest, tee: Tee) {
    let inner = request.take_payload();
    request.set_payload(Payload::Stream { payload: Box::pin(RequestBody { inner, tee: Some(tee) }) });
}

struct RequestBody {
    inner: Payload,
    tee: Option<Tee>,
}

impl Stream for RequestBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, waker: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let chunk = ready!(Pin::new(&mut self.inner).poll_next(waker));
        match (&chunk, &mut self.tee) {
            (Some(Ok(data)), Some(tee)) => tee.take(data),
            (Some(Err(_)) | None, tee) => *tee = None,
            (Some(Ok(_)), None) => {}
        }
        Poll::Ready(chunk)
    }
}
