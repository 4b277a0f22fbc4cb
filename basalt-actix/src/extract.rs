//! The handle as an extractor.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError, body::BoxBody, dev::Payload,
    http::StatusCode,
};

use crate::RequestSpan;

impl FromRequest for RequestSpan {
    type Error = RequestSpanError;
    type Future = Ready<Result<Self, RequestSpanError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().cloned().ok_or_else(RequestSpanError::new))
    }
}

/// A handler asks for a [`RequestSpan`], but no [`BasaltMiddleware`](crate::BasaltMiddleware) stands around its
/// route.
///
/// Answered with 500; the body names the cure in debug builds only. Said once at ERROR.
#[derive(Debug)]
pub struct RequestSpanError(());

impl RequestSpanError {
    const CURE: &str = "a handler extracts `RequestSpan`, but no `BasaltMiddleware` is around its route: \
                        add `.wrap(BasaltMiddleware::new(&basalt, \"…\"))` to the App";

    fn new() -> Self {
        Self::say();
        Self(())
    }

    pub(crate) fn say() {
        basalt_core::said_once!(error, "{}", Self::CURE);
    }

    /// The body of the answer.
    #[must_use]
    pub fn body_text(&self) -> &'static str {
        if cfg!(debug_assertions) { Self::CURE } else { "Internal Server Error" }
    }
}

impl std::fmt::Display for RequestSpanError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.body_text())
    }
}

impl std::error::Error for RequestSpanError {}

impl ResponseError for RequestSpanError {
    fn status_code(&self) -> StatusCode {
        StatusCode::INTERNAL_SERVER_ERROR
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        HttpResponse::build(self.status_code()).body(self.body_text())
    }
}
