//! The place of a span about to start.

use std::sync::Arc;

use opentelemetry::Context;

use super::{Blocks, Scope, Trace};
use crate::current;

/// Where a span starts.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// Below whatever is active then; if nothing is, below what was when its builder was made.
    Here { made_in: Context },
    /// Below a span.
    Under(Context),
}

impl Place {
    pub(crate) fn context(&self) -> &Context {
        match self {
            Self::Here { made_in: context } | Self::Under(context) => context,
        }
    }

    /// None outside a trace.
    pub(crate) fn site(self) -> Option<Site> {
        match self {
            Self::Under(parent) => Site::of(Scope::in_current_blocks(parent)),
            Self::Here { made_in } => Site::of(current::context()).or_else(|| Site::of(made_in)),
        }
    }
}

/// What a span starts in.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) context: Context,
    /// What runs there.
    pub(crate) trace: Arc<Trace>,
    pub(crate) blocks: Option<Arc<Blocks>>,
}

impl Site {
    fn of(context: Context) -> Option<Self> {
        let scope = Scope::of(&context)?;
        let (trace, blocks) = (Arc::clone(scope.trace.as_ref()?), scope.blocks.clone());
        Some(Self { context, trace, blocks })
    }
}
