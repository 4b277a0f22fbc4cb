//! The handle as an axum extractor.

use std::convert::Infallible;

use axum_core::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};

use crate::RequestSpan;

impl<S: Sync> FromRequestParts<S> for RequestSpan {
    type Rejection = RequestSpanRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, RequestSpanRejection> {
        parts.extensions.get::<Self>().cloned().ok_or_else(RequestSpanRejection::new)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for RequestSpan {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}

/// A handler asks for a [`RequestSpan`], but no [`BasaltLayer`](crate::BasaltLayer) stands around its route.
///
/// Answered with 500; the body names the cure in debug builds only. Said once at ERROR.
#[derive(Debug)]
pub struct RequestSpanRejection(());

impl RequestSpanRejection {
    const CURE: &str = "a handler extracts `RequestSpan`, but no `BasaltLayer` is around its route: \
                        add `.layer(BasaltLayer::new(&basalt, \"…\"))` to the router, after the route";

    fn new() -> Self {
        basalt_core::said_once!(error, "{}", Self::CURE);
        Self(())
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::INTERNAL_SERVER_ERROR
    }

    /// The body of the answer.
    #[must_use]
    pub fn body_text(&self) -> &'static str {
        if cfg!(debug_assertions) { Self::CURE } else { "Internal Server Error" }
    }
}

impl IntoResponse for RequestSpanRejection {
    fn into_response(self) -> Response {
        (self.status(), self.body_text()).into_response()
    }
}

impl std::fmt::Display for RequestSpanRejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.body_text())
    }
}

impl std::error::Error for RequestSpanRejection {}
