//! What blocks of work say of everything observed inside.

use std::sync::Arc;

use crate::{ContextValues, PromptRef, evaluation::Evaluators};

/// What all blocks say together that run at one place.
#[derive(Debug, Clone, Default)]
pub(crate) struct Blocks {
    /// Evaluators that every span opened here gets.
    pub(crate) evaluators: Evaluators,
    /// The prompt that every span opened here used.
    pub(crate) prompt: Option<Arc<PromptRef>>,
    /// What is said of the spans opened here.
    pub(crate) values: ContextValues,
}

impl Blocks {
    pub(super) fn evaluated<S: AsRef<str>>(slugs: impl IntoIterator<Item = S>) -> Self {
        Self { evaluators: Evaluators::of(slugs), ..Self::default() }
    }

    pub(super) fn prompted(prompt: &PromptRef) -> Self {
        Self { prompt: Some(Arc::new(prompt.clone())), ..Self::default() }
    }

    pub(super) fn said(values: ContextValues) -> Self {
        Self { values, ..Self::default() }
    }

    /// Takes what an inner block says, and keeps what it does not.
    pub(super) fn update(&mut self, inner: &Blocks) {
        self.evaluators.unite(&inner.evaluators);
        if inner.prompt.is_some() {
            self.prompt.clone_from(&inner.prompt);
        }
        self.values.update(&inner.values);
    }
}
