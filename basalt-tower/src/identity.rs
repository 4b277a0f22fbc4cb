//! What an auth layer has left in the request's extensions.

use basalt_core::{Identify, Identity};
use http::Extensions;

/// Reads a verified identity.
pub(crate) type Verified = fn(&Extensions) -> Option<Identity>;

/// For one type of claims.
pub(crate) fn from_extension<C: Identify + Send + Sync + 'static>(
    extensions: &Extensions,
) -> Option<Identity> {
    extensions.get::<C>().map(Identify::identity)
}
