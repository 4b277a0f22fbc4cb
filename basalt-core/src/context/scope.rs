//! What the OpenTelemetry `Context` carries for us: one value, under one private type.

use std::sync::Arc;

use opentelemetry::Context;

use super::{Blocks, Trace};
use crate::current;

/// Inherited by everything that runs below.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    /// The trace that runs here; none outside a root.
    pub(crate) trace: Option<Arc<Trace>>,
    /// The blocks of work that run here; none outside of all.
    pub(crate) blocks: Option<Arc<Blocks>>,
}

impl Scope {
    pub(crate) fn of(context: &Context) -> Option<&Scope> {
        context.get::<Scope>()
    }

    /// The trace that runs in a context.
    pub(crate) fn trace_of(context: &Context) -> Option<&Arc<Trace>> {
        Self::of(context)?.trace.as_ref()
    }

    /// A context with one block more.
    pub(super) fn add(context: &Context, block: &Blocks) -> Context {
        let mut scope = Self::of(context).cloned().unwrap_or_default();
        let mut blocks = scope.blocks.as_deref().cloned().unwrap_or_default();
        blocks.update(block);
        scope.blocks = Some(Arc::new(blocks));
        context.with_value(scope)
    }

    /// The context of a span, with the blocks that run in the current one, as far as that is inside the same
    /// trace, or in none.
    pub(crate) fn in_current_blocks(context: Context) -> Context {
        let here = current::map(|context| Self::of(context).cloned()).unwrap_or_default();
        let Some(there) = Self::of(&context) else { return context };
        match &here.blocks {
            Some(blocks) if there.lacks(blocks, &here) => Self::add(&context, blocks),
            _ => context,
        }
    }

    fn lacks(&self, blocks: &Arc<Blocks>, here: &Scope) -> bool {
        let known = self.blocks.as_ref().is_some_and(|known| Arc::ptr_eq(known, blocks));
        let same = match (&self.trace, &here.trace) {
            (Some(there), Some(here)) => Arc::ptr_eq(there, here),
            _ => false,
        };
        same && !known
    }
}
