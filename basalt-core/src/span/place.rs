//! The place of a span about to start.

use opentelemetry::Context;

use crate::context::Scope;

/// Where a span starts.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// Below whatever is active then; if nothing is, below what was when its builder was made.
    Here { made_in: Context },
    /// Below a span.
    Under(Context),
}

impl Place {
    pub(super) fn context(&self) -> &Context {
        match self {
            Self::Here { made_in: context } | Self::Under(context) => context,
        }
    }

    pub(super) fn parent(self) -> Context {
        match self {
            Self::Under(parent) => Scope::in_current_blocks(parent),
            Self::Here { made_in } => {
                let current = Context::current();
                if Scope::trace_of(&current).is_some() { current } else { made_in }
            }
        }
    }
}
