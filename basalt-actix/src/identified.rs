//! An auth extractor of the user's own that identifies the whole request.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use basalt_core::{Identify, request::identified};
use pin_project_lite::pin_project;

use crate::RequestSpan;

/// Wraps an extractor that knows who asks: what it extracts identifies the request, on every span that ends
/// afterwards. It answers what the extractor answers, also when that refuses; where no middleware stands around
/// the route, nothing else happens.
///
/// ```
/// use std::future::{Ready, ready};
///
/// use actix_web::{Error, FromRequest, HttpRequest, dev::Payload, error::ErrorUnauthorized};
/// use basalt_actix::{Identified, Identify, Identity};
///
/// struct CurrentUser { id: String }
///
/// impl FromRequest for CurrentUser {
///     type Error = Error;
///     type Future = Ready<Result<Self, Error>>;
///
///     fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
///         # let verified = |_: &HttpRequest| Some("u-1".to_owned());
///         ready(verified(request).map(|id| Self { id }).ok_or_else(|| ErrorUnauthorized("no token")))
///     }
/// }
///
/// impl Identify for CurrentUser {
///     fn identity(&self) -> Identity {
///         Identity::user(&self.id)
///     }
/// }
///
/// async fn me(user: Identified<CurrentUser>) -> String {
///     user.0.id
/// }
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Identified<E>(pub E);

impl<E: FromRequest + Identify> FromRequest for Identified<E> {
    type Error = E::Error;
    type Future = IdentifiedFuture<E::Future>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let span = request.extensions().get::<RequestSpan>().cloned();
        IdentifiedFuture { inner: E::from_request(request, payload), span }
    }
}

pin_project! {
    /// Future of [`Identified`].
    #[derive(Debug)]
    pub struct IdentifiedFuture<F> {
        #[pin]
        inner: F,
        span: Option<RequestSpan>,
    }
}

impl<F, E, R> Future for IdentifiedFuture<F>
where
    F: Future<Output = Result<E, R>>,
    E: Identify,
{
    type Output = Result<Identified<E>, R>;

    fn poll(self: Pin<&mut Self>, waker: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let who = ready!(this.inner.poll(waker));
        if let (Ok(who), Some(span)) = (&who, &this.span) {
            identified(span, who);
        }
        Poll::Ready(who.map(Identified))
    }
}
