//! A tool that a model has called.

use serde::Serialize;

use super::{
    Span,
    kind::{Kind, sealed::Sealed},
};
use crate::{
    ObserveKind,
    semconv::{basalt, gen_ai},
};

/// A tool that a model has called: the kind that [`observe::tool`](crate::observe::tool) opens.
///
/// Its input and output are written under `basalt.tool.input` and `basalt.tool.output` too, whoever sets them.
#[derive(Debug, Clone, Copy)]
pub struct Tool;

impl Kind for Tool {
    const KIND: ObserveKind = ObserveKind::Tool;
}

impl Sealed for Tool {}

impl Span<Tool> {
    /// The tool's name, as the model knows it (`basalt.tool.name`).
    ///
    /// ```
    /// # fn work(span: &basalt_core::Span<basalt_core::Tool>) {
    /// span.set_tool_name("web_search");
    /// span.set_call_id("call_7");
    /// span.set_arguments([("q", "rust")].into_iter().collect::<std::collections::HashMap<_, _>>());
    /// span.set_result("3 hits");
    /// # }
    /// ```
    pub fn set_tool_name(&self, name: impl Into<String>) {
        self.set_text(basalt::TOOL_NAME, name);
    }

    /// The id that the model gave the call (`gen_ai.tool.call.id`).
    pub fn set_call_id(&self, id: impl Into<String>) {
        self.set_text(gen_ai::TOOL_CALL_ID, id);
    }

    /// What the model called it with: the span's input. Content.
    pub fn set_arguments(&self, arguments: impl Serialize) {
        self.set_input(arguments);
    }

    /// What it gave back to the model: the span's output. Content.
    pub fn set_result(&self, result: impl Serialize) {
        self.set_output(result);
    }
}
