//! What an auth middleware has left in the request's extensions.

use actix_web::dev::Extensions;
use basalt_core::{Identify, Identity};

/// Reads a verified identity.
pub(crate) type Verified = fn(&Extensions) -> Option<Identity>;

/// For one type of claims.
pub(crate) fn from_extension<C: Identify + 'static>(extensions: &Extensions) -> Option<Identity> {
    extensions.get::<C>().map(Identify::identity)
}
