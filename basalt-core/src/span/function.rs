//! A computation: its name, its stage, its figures.

use serde::Serialize;

use super::{
    Span,
    kind::{Kind, sealed::Sealed},
};
use crate::{ObserveKind, foreign, semconv::basalt};

/// A computation: the kind that [`observe::function`](crate::observe::function) opens.
#[derive(Debug, Clone, Copy)]
pub struct Function;

impl Kind for Function {
    const KIND: ObserveKind = ObserveKind::Function;
}

impl Sealed for Function {}

impl Span<Function> {
    /// What the function is called in the code (`basalt.function.name`), where the span's name says more.
    ///
    /// ```
    /// # fn work(span: &basalt_core::Span<basalt_core::Function>) {
    /// span.set_function_name("rank_results");
    /// span.set_stage("postprocess");
    /// span.add_metric("rows", 12);
    /// span.add_metric("share", 0.25);
    /// # }
    /// ```
    pub fn set_function_name(&self, name: impl Into<String>) {
        self.set_text(basalt::FUNCTION_NAME, name);
    }

    /// The stage of a pipeline it belongs to (`basalt.function.stage`).
    pub fn set_stage(&self, stage: impl Into<String>) {
        self.set_text(basalt::FUNCTION_STAGE, stage);
    }

    /// A figure (`basalt.function.metric.<key>`): number, bool or text as it is, anything else as JSON text.
    pub fn add_metric(&self, key: impl AsRef<str>, value: impl Serialize) {
        if self.is_live() {
            self.set_attribute(
                foreign::read(key, |key| format!("{}{key}", basalt::FUNCTION_METRIC_PREFIX)),
                value,
            );
        }
    }
}
