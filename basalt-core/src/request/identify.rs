//! Who asks: a verified identity first, then a closure's answer, then, only if asked, headers and baggage.

use std::{fmt, sync::Arc};

use http::HeaderName;

use super::{
    Head,
    fields::{Field, Fields, Wanted},
};
use crate::{Identify, Identity, context::Claims, foreign, said, span::RootSpan};

/// Names of the headers that claim an identity.
///
/// Headers are claims, not proof: name them only where whoever sends them is trusted, such as behind a
/// gateway that sets them. Values are trimmed; one that is blank, longer than 256 bytes, not UTF-8 or given
/// twice is ignored.
///
/// ```
/// use basalt_core::request::HeaderIdentity;
///
/// let usual = HeaderIdentity::default(); // x-user-id, x-user-name, x-organization-id, x-organization-name
/// let only_user = HeaderIdentity::none().user_id("x-auth-request-user");
/// ```
#[derive(Debug, Clone)]
pub struct HeaderIdentity {
    user_id: Option<HeaderName>,
    user_name: Option<HeaderName>,
    organization_id: Option<HeaderName>,
    organization_name: Option<HeaderName>,
}

impl Default for HeaderIdentity {
    fn default() -> Self {
        Self {
            user_id: Some(HeaderName::from_static("x-user-id")),
            user_name: Some(HeaderName::from_static("x-user-name")),
            organization_id: Some(HeaderName::from_static("x-organization-id")),
            organization_name: Some(HeaderName::from_static("x-organization-name")),
        }
    }
}

impl HeaderIdentity {
    /// Reads no header until one is named.
    #[must_use]
    pub fn none() -> Self {
        Self { user_id: None, user_name: None, organization_id: None, organization_name: None }
    }

    /// The header with the user's id. Defaults to `x-user-id`.
    #[must_use]
    pub fn user_id(mut self, name: &str) -> Self {
        self.user_id = header_name(name);
        self
    }

    /// The header with the user's name. Defaults to `x-user-name`.
    #[must_use]
    pub fn user_name(mut self, name: &str) -> Self {
        self.user_name = header_name(name);
        self
    }

    /// The header with the organization's id. Defaults to `x-organization-id`.
    #[must_use]
    pub fn organization_id(mut self, name: &str) -> Self {
        self.organization_id = header_name(name);
        self
    }

    /// The header with the organization's name. Defaults to `x-organization-name`.
    #[must_use]
    pub fn organization_name(mut self, name: &str) -> Self {
        self.organization_name = header_name(name);
        self
    }

    /// Has these headers looked for, and no others.
    pub(super) fn ask(self, wanted: &mut Wanted) {
        wanted.set(Field::UserId, self.user_id);
        wanted.set(Field::UserName, self.user_name);
        wanted.set(Field::OrganizationId, self.organization_id);
        wanted.set(Field::OrganizationName, self.organization_name);
    }
}

/// What the headers of a request claim.
fn claimed(fields: &Fields<'_>) -> Identity {
    let names = [Field::UserId, Field::UserName, Field::OrganizationId, Field::OrganizationName];
    Identity::claimed(names.map(|name| fields.claim(name)))
}

/// A header's name from text. One that no header can have is none, and is said once at ERROR: layers do not
/// fail.
#[must_use]
pub fn header_name(name: &str) -> Option<HeaderName> {
    let valid = HeaderName::try_from(name).ok();
    if valid.is_none() {
        said::once!(error, name, "no header can have this name: use letters, digits and dashes");
    }
    valid
}

type With = dyn Fn(&Head<'_>) -> Option<Identity> + Send + Sync;

/// Where an identity may come from.
#[derive(Clone, Default)]
pub(super) struct Sources {
    pub(super) with: Option<Arc<With>>,
    /// Whether headers are believed.
    pub(super) headers: bool,
}

impl Sources {
    pub(super) fn is_empty(&self) -> bool {
        self.with.is_none() && !self.headers
    }

    /// The first answer wins, whole. Code of the user's that panics has no answer.
    pub(super) fn identify(
        &self,
        verified: impl FnOnce() -> Option<Identity>,
        head: &Head<'_>,
        fields: &Fields<'_>,
        baggage: Option<&Claims>,
    ) -> Identity {
        answer(verified)
            .or_else(|| answer(|| self.with.as_ref()?(head)))
            .or_else(|| self.headers.then(|| claimed(fields)).filter(|identity| !identity.is_empty()))
            .or_else(|| Some(baggage?.identity.clone()))
            .unwrap_or_default()
    }
}

/// Identifies a request by what a handler's own extractor has found out.
pub fn identified(root: &RootSpan, who: &impl Identify) {
    if let Some(identity) = answer(|| Some(who.identity())) {
        root.set_identity(identity);
    }
}

fn answer(ask: impl FnOnce() -> Option<Identity>) -> Option<Identity> {
    foreign::call(ask).flatten().filter(|identity| !identity.is_empty())
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources").field("with", &self.with.is_some()).field("headers", &self.headers).finish()
    }
}
