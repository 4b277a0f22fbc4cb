//! Ours, with everything that a step inherits from its root.

use anyhow::Result;
use basalt_tower::{Basalt, Identity, RootSpan, SpanBuilder, observe, span::Entered};

use super::{FLAG, NUMBERS, Spans, TEXTS};
use crate::{destination::Destination, workload::Workload};

/// Active while the work runs.
pub(super) fn attached() -> Result<Box<dyn Workload>> {
    let span = |_: &Below| described(observe::observe("step")).in_scope(|_| ());
    Ok(Box::new(Spans { keep: Below::open()?, span }))
}

/// Never active.
pub(super) fn detached() -> Result<Box<dyn Workload>> {
    let span = |below: &Below| {
        described(below.root.child("step")).start().end();
    };
    Ok(Box::new(Spans { keep: Below::open()?, span }))
}

/// A root that is active for as long as the work goes on.
struct Below {
    root: Entered<RootSpan>,
    _basalt: Basalt,
}

impl Below {
    fn open() -> Result<Self> {
        let basalt = Destination::Nowhere.basalt()?;
        let identity = Identity::user("u-1").organization("o-1");
        let root = basalt.start_observe("bench", "root").identity(identity).enter();
        Ok(Self { root, _basalt: basalt })
    }
}

fn described(step: SpanBuilder) -> SpanBuilder {
    let step = TEXTS.into_iter().fold(step, |step, (key, value)| step.attribute(key, value));
    let step = NUMBERS.into_iter().fold(step, |step, (key, value)| step.attribute(key, value));
    step.attribute(FLAG.0, FLAG.1)
}
