//! What all traces of one `Basalt` share.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use opentelemetry::KeyValue;

use super::SpanSource;
use crate::{
    ContextValues,
    capture::Content,
    evaluation::{Coin, EvaluationRate},
};

/// Where traces come from: how content is captured, how often they are evaluated, who starts the spans.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) spans: Box<dyn SpanSource>,
    pub(crate) content: Content,
    /// What every trace begins with, if it is anything.
    pub(crate) values: Option<ContextValues>,
    /// The rate of traces that name none.
    pub(crate) rate: EvaluationRate,
    pub(crate) coin: Coin,
    /// `basalt.meta.*`, on every span of every trace.
    pub(crate) metadata: Vec<KeyValue>,
    /// The HTTP methods that are written as they are; none for OpenTelemetry's own list.
    pub(crate) known_methods: Option<Vec<Arc<str>>>,
    pub(crate) shut_down: AtomicBool,
}

impl Origin {
    /// From here on nothing is observed.
    pub(crate) fn shut_down(&self) {
        self.shut_down.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_shut_down(&self) -> bool {
        self.shut_down.load(Ordering::Relaxed)
    }
}
