//! Who asks, and for whom.

use std::sync::Arc;

use crate::{
    foreign,
    semconv::basalt::{ORGANIZATION_ID, ORGANIZATION_NAME, USER_ID, USER_NAME},
    text::visible,
    weight::of_texts,
};

/// Bytes of what a caller claims to be; longer values are no identity.
pub(crate) const LONGEST_CLAIM: usize = 256;

/// A user, an organization, or both.
///
/// Given to a root it is on every span of the trace that ends afterwards; given to a step it stays on that
/// step. Text is trimmed; blank ids and names are none.
///
/// ```
/// use basalt_core::Identity;
///
/// let both = Identity::user("u-1").named("Ada").organization("o-1");
/// let only_organization = Identity::default().organization("o-1").organization_named("Acme");
/// assert_eq!(both.user_id(), Some("u-1"));
/// assert_eq!(only_organization.user_id(), None);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    user: Party,
    organization: Party,
}

impl Identity {
    /// A user, known by their id.
    #[must_use]
    pub fn user(id: impl AsRef<str>) -> Self {
        Self { user: Party { id: foreign::read(id, visible), name: None }, organization: Party::default() }
    }

    /// The user's name. Defaults to none.
    #[must_use]
    pub fn named(mut self, name: impl AsRef<str>) -> Self {
        self.user.name = foreign::read(name, visible);
        self
    }

    /// The organization they ask for, known by its id. Defaults to none.
    #[must_use]
    pub fn organization(mut self, id: impl AsRef<str>) -> Self {
        self.organization.id = foreign::read(id, visible);
        self
    }

    /// The organization's name. Defaults to none.
    #[must_use]
    pub fn organization_named(mut self, name: impl AsRef<str>) -> Self {
        self.organization.name = foreign::read(name, visible);
        self
    }

    /// The user's id.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.user.id.as_deref()
    }

    /// The user's name.
    #[must_use]
    pub fn user_name(&self) -> Option<&str> {
        self.user.name.as_deref()
    }

    /// The organization's name.
    #[must_use]
    pub fn organization_name(&self) -> Option<&str> {
        self.organization.name.as_deref()
    }

    /// The organization's id.
    #[must_use]
    pub fn organization_id(&self) -> Option<&str> {
        self.organization.id.as_deref()
    }

    /// What headers claim: ids and names, of the user and of the organization.
    pub(crate) fn claimed([user, user_name, organization, organization_name]: [Option<&str>; 4]) -> Self {
        let party = |id: Option<&str>, name: Option<&str>| Party {
            id: id.and_then(visible),
            name: name.and_then(visible),
        };
        Self { user: party(user, user_name), organization: party(organization, organization_name) }
    }

    /// Whether neither user nor organization is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.user.is_empty() && self.organization.is_empty()
    }

    /// Bytes of memory, roughly, beside its own.
    pub(crate) fn weight(&self) -> usize {
        of_texts([&self.user.id, &self.user.name, &self.organization.id, &self.organization.name])
    }

    /// Takes the parts that `later` has, whole, and keeps the others.
    pub(crate) fn update(&mut self, later: Identity) {
        if !later.user.is_empty() {
            self.user = later.user;
        }
        if !later.organization.is_empty() {
            self.organization = later.organization;
        }
    }

    /// Takes the fields that `later` has, of user and organization, and keeps the others.
    pub(crate) fn update_fields(&mut self, later: &Identity) {
        for (party, later) in [(&mut self.user, &later.user), (&mut self.organization, &later.organization)] {
            if later.id.is_some() {
                party.id.clone_from(&later.id);
            }
            if later.name.is_some() {
                party.name.clone_from(&later.name);
            }
        }
    }

    /// Every key this identity writes, with its text.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&'static str, Arc<str>)> + '_ {
        self.attributes_over(self)
    }

    /// The same, with the parts of an earlier identity that this one does not have.
    pub(crate) fn attributes_over<'a>(
        &'a self,
        earlier: &'a Identity,
    ) -> impl Iterator<Item = (&'static str, Arc<str>)> + 'a {
        let user = self.user.or(&earlier.user);
        let organization = self.organization.or(&earlier.organization);
        [
            (USER_ID, &user.id),
            (USER_NAME, &user.name),
            (ORGANIZATION_ID, &organization.id),
            (ORGANIZATION_NAME, &organization.name),
        ]
        .into_iter()
        .filter_map(|(key, text)| Some((key, text.clone()?)))
    }
}

/// A bare text is a user's id.
impl From<&str> for Identity {
    fn from(user: &str) -> Self {
        Self::user(user)
    }
}

/// What knows whom it stands for: the claims of a token, a session, a user of your own.
///
/// ```
/// use basalt_core::{Identify, Identity};
///
/// struct Claims { sub: String, tenant: String }
///
/// impl Identify for Claims {
///     fn identity(&self) -> Identity {
///         Identity::user(&self.sub).organization(&self.tenant)
///     }
/// }
/// ```
pub trait Identify {
    /// The identity it stands for; an empty one says nothing.
    fn identity(&self) -> Identity;
}

impl Identify for Identity {
    fn identity(&self) -> Identity {
        self.clone()
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Party {
    id: Option<Arc<str>>,
    name: Option<Arc<str>>,
}

impl Party {
    fn or<'a>(&'a self, earlier: &'a Party) -> &'a Party {
        if self.is_empty() { earlier } else { self }
    }

    fn is_empty(&self) -> bool {
        self.id.is_none() && self.name.is_none()
    }
}
