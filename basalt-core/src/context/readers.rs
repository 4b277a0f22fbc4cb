//! Who asks here, as far as Basalt has been told.

use super::Scope;
use crate::{ContextValues, Identity, current};

/// User and organization, as a span opened here would say them. Empty where nobody has said it.
///
/// ```
/// use basalt_core::{ContextValues, context};
///
/// context::in_context(ContextValues::new().identity("u-1").session("s-1"), || {
///     assert_eq!(context::identity().user_id(), Some("u-1"));
///     assert_eq!(context::session().as_deref(), Some("s-1"));
/// });
/// ```
#[must_use]
pub fn identity() -> Identity {
    values().identity
}

/// The user's id; none where nobody has said it.
#[must_use]
pub fn user() -> Option<String> {
    identity().user_id().map(str::to_owned)
}

/// The organization's id; none where nobody has said it.
#[must_use]
pub fn organization() -> Option<String> {
    identity().organization_id().map(str::to_owned)
}

/// The session's id; none where nobody has said it.
#[must_use]
pub fn session() -> Option<String> {
    values().session.map(|id| id.to_string())
}

/// The conversation's id; none where nobody has said it.
#[must_use]
pub fn conversation() -> Option<String> {
    values().conversation.map(|id| id.to_string())
}

pub(super) fn values() -> ContextValues {
    let scope = current::map(|context| Scope::of(context).cloned()).unwrap_or_default();
    let mut values = scope.trace.map(|trace| trace.values()).unwrap_or_default();
    if let Some(blocks) = &scope.blocks {
        values.update(&blocks.values);
    }
    values
}
