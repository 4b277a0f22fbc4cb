//! The handle to a request's span, as handlers get it.

use std::ops::Deref;

use actix_web::HttpMessage;
use basalt_core::RootSpan;

use crate::extract::RequestSpanError;

/// The span of the current request.
///
/// It is in the request's extensions, and an extractor. Everything it can say is on [`RootSpan`], to which it
/// derefs; domain code takes a `&RootSpan` and needs no framework. It can be cloned, kept and used from tasks,
/// actors and streams; the span itself ends with the answer, not with the handle.
///
/// ```
/// use actix_web::Responder;
/// use basalt_actix::{RequestSpan, RootSpan};
///
/// async fn handler(request: RequestSpan) -> impl Responder {
///     rank(&request);
///     "done"
/// }
///
/// fn rank(root: &RootSpan) {
///     root.set_attribute("ranked", true);
/// }
/// ```
#[derive(Debug, Clone, Default)]
pub struct RequestSpan(RootSpan);

impl RequestSpan {
    pub(crate) fn new(root: RootSpan) -> Self {
        Self(root)
    }

    /// The span of a request that is at hand, in a middleware or in a handler. Where no
    /// [`BasaltMiddleware`](crate::BasaltMiddleware) stands around its route, which is said once at ERROR, one that
    /// does nothing.
    ///
    /// ```
    /// use actix_web::{HttpRequest, Responder};
    /// use basalt_actix::RequestSpan;
    ///
    /// async fn handler(request: HttpRequest) -> impl Responder {
    ///     RequestSpan::from_request(&request).set_input("a question");
    ///     "done"
    /// }
    /// ```
    #[must_use]
    pub fn from_request(request: &impl HttpMessage) -> Self {
        let found = request.extensions().get::<Self>().cloned();
        found.unwrap_or_else(|| {
            RequestSpanError::say();
            Self::default()
        })
    }
}

impl Deref for RequestSpan {
    type Target = RootSpan;

    fn deref(&self) -> &RootSpan {
        &self.0
    }
}
