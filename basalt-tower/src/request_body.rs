//! The request body, of which a copy is taken while the handler reads it.

use basalt_core::request::Tee;

/// Puts a body that copies in the place of axum's own, which can hold any. The types of others leave no room: their
/// bodies are not captured.
#[cfg(feature = "axum")]
pub(crate) fn teed<B: 'static>(body: &mut B, tee: Tee) {
    let body: &mut dyn std::any::Any = body;
    if let Some(body) = body.downcast_mut::<axum_core::body::Body>() {
        let inner = std::mem::take(body);
        *body = axum_core::body::Body::new(axum::RequestBody { inner, tee: Some(tee) });
    }
}

#[cfg(not(feature = "axum"))]
pub(crate) fn teed<B: 'static>(_: &mut B, _: Tee) {}

#[cfg(feature = "axum")]
mod axum {
    use std::{
        pin::Pin,
        task::{Context, Poll, ready},
    };

    use axum_core::{Error, body::Body};
    use basalt_core::request::Tee;
    use bytes::Bytes;
    use http_body::{Frame, SizeHint};

    pub(super) struct RequestBody {
        pub(super) inner: Body,
        pub(super) tee: Option<Tee>,
    }

    impl http_body::Body for RequestBody {
        type Data = Bytes;
        type Error = Error;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            waker: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
            let frame = ready!(Pin::new(&mut self.inner).poll_frame(waker));
            match (&frame, &mut self.tee) {
                (Some(Ok(frame)), Some(tee)) => frame.data_ref().into_iter().for_each(|data| tee.take(data)),
                (Some(Err(_)) | None, tee) => *tee = None,
                (Some(Ok(_)), None) => {}
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
}
