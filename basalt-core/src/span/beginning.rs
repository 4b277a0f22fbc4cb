//! The beginning of a root, from a request or outside HTTP.

use std::sync::Arc;

use opentelemetry::{Context, trace::SpanContext};

use crate::{
    ContextValues, EvaluationRate, Experiment, FeatureSlug, Identity,
    context::{Blocks, Opened, Opening, Origin, Parent, Record, Role, Scope, Trace, is_local},
    said,
};

/// Everything that opening a root takes, from a request or from [`start_observe`](crate::start_observe()).
#[derive(Debug)]
pub(crate) struct RootOpening<'a> {
    pub(crate) origin: &'a Arc<Origin>,
    pub(crate) feature_slug: FeatureSlug,
    pub(crate) identity: Identity,
    pub(crate) experiment: Option<Experiment>,
    pub(crate) rate: Option<EvaluationRate>,
    /// The span above in another process.
    pub(crate) caller: Option<SpanContext>,
}

impl RootOpening<'_> {
    /// Opens the root below the caller or, if there is none, below whatever span the context holds. Only a root that
    /// is recorded is described.
    pub(crate) fn open(self, parent: &Context, describe: impl FnOnce(&mut Record)) -> (Opened, Arc<Trace>) {
        if self.origin.has_shut_down() {
            said::once!(warn, "a root was opened after `shutdown`: nothing is observed any more");
        }
        let mut scope = Scope::of(parent).cloned().unwrap_or_default();
        let role = if scope.trace.is_some() { Role::InnerRoot } else { Role::Root };
        let values = values(self.origin, &scope, self.identity);
        let trace = Trace::new(self.origin, self.feature_slug, values, scope.trace.take(), self.rate);
        if role == Role::Root && is_local(parent) {
            trace.stand_in(parent);
        }
        if let Some(experiment) = &self.experiment {
            trace.set_experiment(experiment);
        }

        if let Some(blocks) = &mut scope.blocks {
            *blocks = Arc::new(Blocks { values: ContextValues::default(), ..Blocks::clone(blocks) });
        }
        let blocks = scope.blocks.clone();
        scope.trace = Some(Arc::clone(&trace));
        let inside = parent.with_value(scope);
        let opening = Opening { trace: &trace, parent: &inside, caller: self.caller, begins: true };
        let opened = opening.open(|| {
            let mut record = Record::new(role, self.origin.content, Parent::Elsewhere);
            record.limit(self.origin.spans.limits());
            describe(&mut record);
            if let Some(blocks) = blocks {
                record.enter(&blocks);
            }
            if let Some(rate) = self.rate {
                record.set_rate(rate);
            }
            record
        });
        (opened, trace)
    }
}

/// What a trace begins with: what the process says, the blocks around the root, and who asks. Inside another root that
/// one's trace says the first.
fn values(origin: &Origin, scope: &Scope, identity: Identity) -> ContextValues {
    let process = if scope.trace.is_none() { origin.values.as_ref() } else { None };
    if process.is_none() && scope.blocks.is_none() {
        return ContextValues { identity, ..ContextValues::default() };
    }
    let mut values = process.cloned().unwrap_or_default();
    if let Some(blocks) = &scope.blocks {
        values.update(&blocks.values);
    }
    values.identity.update(identity);
    values
}
