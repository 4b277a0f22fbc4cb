//! A search: its query, and what it found.

use serde::Serialize;

use super::{
    Span,
    kind::{Kind, sealed::Sealed},
};
use crate::{
    ObserveKind, foreign,
    semconv::{basalt, gen_ai},
};

/// A search: the kind that [`observe::retrieval`](crate::observe::retrieval) opens.
#[derive(Debug, Clone, Copy)]
pub struct Retrieval;

impl Kind for Retrieval {
    const KIND: ObserveKind = ObserveKind::Retrieval;
}

impl Sealed for Retrieval {}

/// A document that was found. Source: OpenTelemetry's GenAI conventions, `gen_ai.retrieval.documents`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Document {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
}

impl Document {
    /// A document known by its id.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: foreign::text(id), score: None }
    }

    /// How well it fits; what that means is the search's business. Defaults to not known.
    #[must_use]
    pub fn score(mut self, score: f64) -> Self {
        self.score = Some(score);
        self
    }
}

impl Span<Retrieval> {
    /// The text searched for (`basalt.retrieval.query`), which is the span's input too. Content.
    ///
    /// ```
    /// # fn work(span: &basalt_core::Span<basalt_core::Retrieval>, hits: &[String]) {
    /// span.set_query("capital of Peru");
    /// span.set_top_k(5);
    /// span.set_results_count(hits.len());
    /// span.set_output(hits);
    /// # }
    /// ```
    pub fn set_query(&self, query: impl AsRef<str>) {
        let query = foreign::call(|| query.as_ref()).unwrap_or(foreign::FAILED);
        self.set_input(query);
        self.set_content(basalt::RETRIEVAL_QUERY, &query);
    }

    /// How many results were asked for (`basalt.retrieval.top_k`). The sampling parameter of that name belongs
    /// to models: [`SpanHandle::set_top_k`](super::SpanHandle::set_top_k).
    pub fn set_top_k(&self, top_k: u64) {
        self.set_count(basalt::RETRIEVAL_TOP_K, top_k);
    }

    /// The documents found (`gen_ai.retrieval.documents`, JSON): the span's output, and their count, too.
    /// Content, but for the count.
    ///
    /// ```
    /// # use basalt_core::Document;
    /// # fn work(span: &basalt_core::Span<basalt_core::Retrieval>) {
    /// span.set_documents(&[Document::new("d-1").score(0.9), Document::new("d-2")]);
    /// # }
    /// ```
    pub fn set_documents(&self, documents: &[Document]) {
        self.set_results_count(documents.len());
        self.set_output(documents);
        self.set_content(gen_ai::RETRIEVAL_DOCUMENTS, &documents);
    }

    /// How many results came back (`basalt.retrieval.results.count`).
    pub fn set_results_count(&self, count: usize) {
        self.set_count(basalt::RETRIEVAL_RESULTS_COUNT, count as u64);
    }
}
