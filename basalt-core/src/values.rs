//! What a block of work, or a whole process, says of everything observed inside.

use std::sync::Arc;

use serde::Serialize;

use crate::{Identity, foreign, metadata::Metadata, text::visible, weight::of_texts};

/// User, organization, session, conversation and metadata for a block of work
/// ([`with_context`](crate::context::with_context)) or for the process
/// ([`Builder::default_context`](crate::Builder::default_context)).
///
/// Blocks nest: of each value the innermost wins, metadata merges key by key. Blank ids say nothing.
///
/// ```
/// use basalt_core::{ContextValues, Identity};
///
/// let values = ContextValues::new()
///     .identity(Identity::user("u-1").organization("o-1"))
///     .session("s-1")
///     .metadata("batch", 7);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ContextValues {
    pub(crate) identity: Identity,
    pub(crate) session: Option<Arc<str>>,
    pub(crate) conversation: Option<Arc<str>>,
    pub(crate) metadata: Metadata,
}

impl ContextValues {
    /// Says nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Who asks, and for whom. Defaults to nobody.
    #[must_use]
    pub fn identity(mut self, identity: impl Into<Identity>) -> Self {
        self.identity = foreign::call(|| identity.into()).unwrap_or_default();
        self
    }

    /// The user's session (`session.id`). Defaults to none.
    #[must_use]
    pub fn session(mut self, id: impl AsRef<str>) -> Self {
        self.session = foreign::read(id, visible);
        self
    }

    /// The conversation (`gen_ai.conversation.id`). Defaults to none.
    #[must_use]
    pub fn conversation(mut self, id: impl AsRef<str>) -> Self {
        self.conversation = foreign::read(id, visible);
        self
    }

    /// One key of the metadata of every span inside. Defaults to none.
    #[must_use]
    pub fn metadata(mut self, key: impl Into<String>, value: impl Serialize) -> Self {
        self.metadata.insert(key, &value);
        self
    }

    /// Bytes of memory, roughly, beside its own.
    pub(crate) fn weight(&self) -> usize {
        self.identity.weight() + of_texts([&self.session, &self.conversation]) + self.metadata.weight()
    }

    /// Takes what `inner` says, and keeps what it does not.
    pub(crate) fn update(&mut self, inner: &ContextValues) {
        self.identity.update(inner.identity.clone());
        if inner.session.is_some() {
            self.session.clone_from(&inner.session);
        }
        if inner.conversation.is_some() {
            self.conversation.clone_from(&inner.conversation);
        }
        self.metadata.merge(&inner.metadata);
    }
}
