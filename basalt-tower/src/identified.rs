//! An auth extractor of the user's own that identifies the whole request.

use axum_core::extract::FromRequestParts;
use basalt_core::{Identify, request::identified};
use http::request::Parts;

use crate::RequestSpan;

/// Wraps an extractor that knows who asks: what it extracts identifies the request, on every span that ends
/// afterwards. It answers what the extractor answers, also when that refuses; where no layer stands around the
/// route, nothing else happens.
///
/// ```
/// use axum::{extract::FromRequestParts, http::{StatusCode, request::Parts}};
/// use basalt_tower::{Identified, Identify, Identity};
///
/// struct CurrentUser { id: String }
///
/// impl<S: Sync> FromRequestParts<S> for CurrentUser {
///     type Rejection = StatusCode;
///
///     async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
///         # let verified = |_: &Parts| Some("u-1".to_owned());
///         let id = verified(parts).ok_or(StatusCode::UNAUTHORIZED)?;
///         Ok(Self { id })
///     }
/// }
///
/// impl Identify for CurrentUser {
///     fn identity(&self) -> Identity {
///         Identity::user(&self.id)
///     }
/// }
///
/// async fn me(Identified(user): Identified<CurrentUser>) -> String {
///     user.id
/// }
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Identified<E>(pub E);

impl<S, E> FromRequestParts<S> for Identified<E>
where
    S: Send + Sync,
    E: FromRequestParts<S> + Identify,
{
    type Rejection = E::Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, E::Rejection> {
        let who = E::from_request_parts(parts, state).await?;
        if let Some(request) = parts.extensions.get::<RequestSpan>() {
            identified(request, &who);
        }
        Ok(Self(who))
    }
}
