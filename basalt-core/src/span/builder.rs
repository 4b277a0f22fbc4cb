//! A span about to start.

use std::{fmt, marker::PhantomData, mem, sync::Arc};

use opentelemetry::{Context, Key};
use serde::Serialize;

use super::{Kind, Plain, Span, SpanHandle};
use crate::{
    ObserveKind, PromptRef, SpanName,
    context::{Opening, Parent, Place, Record, Role, Scope, Site},
    current,
    evaluation::Evaluators,
    foreign,
    metadata::Metadata,
    payload::Tree,
    semconv::basalt,
};

/// A step below whatever is active when it starts (in a task of its own: when this builder was made), or below the
/// span it was made from. Outside a trace it does nothing.
///
/// ```
/// use basalt_core::observe;
///
/// # async fn search(query: &str) -> Vec<String> { Vec::new() }
/// # async fn handler() {
/// let hits = observe::retrieval("search")
///     .run(|span| async move {
///         span.set_query("rust");
///         let hits = search("rust").await;
///         span.set_results_count(hits.len());
///         hits
///     })
///     .await;
/// # }
/// ```
#[must_use = "nothing is observed until the builder is started or run"]
pub struct SpanBuilder<K = Plain> {
    /// None outside a trace.
    draft: Option<Box<Record>>,
    marker: PhantomData<fn() -> K>,
}

impl<K: Kind> SpanBuilder<K> {
    /// Below a span.
    pub(crate) fn under(parent: Context, name: SpanName) -> Self {
        Self::at(Place::Under(parent), name)
    }

    /// Below whatever is active when it starts.
    pub(crate) fn here(name: SpanName) -> Self {
        Self::at(Place::Here { made_in: current::context() }, name)
    }

    pub(super) fn at(place: Place, name: SpanName) -> Self {
        let origin = Scope::trace_of(place.context()).map(|trace| trace.origin());
        let bounds = origin.map(|origin| (origin.content, origin.spans.limits()));
        let draft = bounds.map(|(content, limits)| {
            let mut record = Record::new(Role::Step(K::KIND), content, Parent::Ahead(place));
            record.limit(limits);
            record.rename(name.into_text());
            record
        });
        Self { draft, marker: PhantomData }
    }

    /// What the step is given, as [`SpanHandle::set_input`]. Defaults to nothing.
    ///
    /// ```
    /// # use basalt_core::observe;
    /// let step = observe::generation("answer").model("gpt-5").input("why?").start();
    /// ```
    pub fn input(mut self, value: impl Serialize) -> Self {
        if let Some(record) = &mut self.draft
            && let Some(payload) = record.content().captured(&value)
        {
            record.set(basalt::INPUT, payload);
        }
        self
    }

    /// One key of the span's metadata, as [`SpanHandle::set_metadata`]. Defaults to none.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Serialize) -> Self {
        if let Some(record) = &mut self.draft {
            record.remarks().values.metadata.insert(key, &value);
        }
        self
    }

    /// Content under a key of its own.
    #[cfg(feature = "client")]
    pub(crate) fn content(mut self, key: &'static str, value: &impl Serialize) -> Self {
        if let Some(record) = &mut self.draft
            && let Some(payload) = record.content().captured(value)
        {
            record.set(key, payload);
        }
        self
    }

    pub(super) fn with_input(mut self, input: &Tree) -> Self {
        if let Some(record) = &mut self.draft
            && let Some(payload) = record.content().kept(input)
        {
            record.set(basalt::INPUT, payload);
        }
        self
    }

    pub(super) fn with_metadata(mut self, metadata: &Metadata) -> Self {
        if let Some(record) = &mut self.draft {
            record.remarks().values.metadata.merge(metadata);
        }
        self
    }

    /// Evaluators for this span, beside those in scope. Defaults to none.
    pub fn evaluators<S: AsRef<str>>(mut self, slugs: impl IntoIterator<Item = S>) -> Self {
        if let Some(record) = &mut self.draft {
            record.remarks().evaluators.unite(&Evaluators::of(slugs));
        }
        self
    }

    /// The managed prompt that is used, instead of the one in scope. Defaults to that one.
    pub fn prompt(mut self, prompt: impl AsRef<PromptRef>) -> Self {
        if let Some(record) = &mut self.draft
            && let Some(prompt) = foreign::call(|| Arc::new(prompt.as_ref().clone()))
        {
            record.remarks().prompt = Some(prompt);
        }
        self
    }

    /// An attribute of your own, as [`SpanHandle::set_attribute`]. Defaults to none.
    pub fn attribute(mut self, key: impl Into<Key>, value: impl Serialize) -> Self {
        if let Some(record) = &mut self.draft
            && let Some(key) = foreign::call(|| key.into())
            && let Some(payload) = record.content().bounded(&value)
        {
            record.set(key, payload);
        }
        self
    }

    pub(crate) fn observed_kind(&self) -> ObserveKind {
        self.draft.as_ref().map_or(K::KIND, |record| record.observed_kind())
    }

    /// Starts the span. It ends with [`SpanHandle::end`] or with its last clone. It does not become the active
    /// one: [`Observe::observed`](super::Observe::observed) makes it that for a future or a stream, and
    /// [`in_scope`](Self::in_scope) for sync code.
    ///
    /// ```
    /// # use basalt_core::observe;
    /// let step = observe::observe("parse").start();
    /// step.set_output(3);
    /// step.end();
    /// ```
    #[must_use = "dropped at once, the span ends at once"]
    pub fn start(self) -> Span<K> {
        let inert = || Span::new(SpanHandle::inert());
        let Some(mut record) = self.draft else { return inert() };
        let Parent::Ahead(place) = mem::take(&mut record.parent) else { return inert() };
        let Some(Site { context: parent, trace, blocks }) = place.site() else { return inert() };
        if let Some(blocks) = blocks {
            record.enter(&blocks);
        }
        let opening = Opening { trace: &trace, parent: &parent, caller: None, begins: false };
        Span::new(SpanHandle::owning(opening.open(|| record), trace))
    }
}

impl<K: Kind> fmt::Debug for SpanBuilder<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanBuilder")
            .field("kind", &self.observed_kind())
            .field("in_trace", &self.draft.is_some())
            .finish_non_exhaustive()
    }
}

impl SpanBuilder<Plain> {
    /// What kind of step it is. Defaults to [`ObserveKind::Span`].
    ///
    /// ```
    /// # use basalt_core::{ObserveKind, observe};
    /// let step = observe::observe("rank").kind(ObserveKind::Function).start();
    /// ```
    pub fn kind(mut self, kind: ObserveKind) -> Self {
        if let Some(record) = &mut self.draft {
            record.set_kind(kind);
        }
        self
    }
}
