//! A handle to an open span: its life, and what hangs below it.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use opentelemetry::{Context, trace::TraceContextExt};

use super::{Generation, Plain, Retrieval, SpanBuilder};
use crate::{
    SpanName,
    context::{Opened, Record, Scope, Trace},
    said,
};

/// A span, open or ended, or nothing at all: outside a trace, and where a request is excluded or not
/// sampled, a handle takes everything and does nothing.
///
/// Handles are cheap to clone (a few reference counts), `Send + Sync`, and usable after awaits, in streams,
/// tasks and threads. Setters take effect until the span ends; they never fail and never panic.
///
/// ```
/// use basalt_core::observe;
///
/// let step = observe::observe("parse").start();
/// step.set_input("3 items");
/// let clone = step.clone();
/// std::thread::spawn(move || clone.set_output(3)).join().unwrap();
/// step.end();
/// ```
pub struct SpanHandle {
    context: Context,
    /// The one that runs in the context, at hand.
    trace: Option<Arc<Trace>>,
    recording: bool,
    /// None where somebody else ends the span.
    owners: Option<Owners>,
}

/// The handles that own a span, which ends with the last of them.
#[derive(Default)]
struct Owners {
    /// Empty as long as there is but one.
    shared: OnceLock<Arc<Last>>,
    /// Whether the span need not be ended any more.
    ended: AtomicBool,
}

/// Ends a span.
struct Last {
    context: Context,
    trace: Arc<Trace>,
}

impl Drop for Last {
    fn drop(&mut self) {
        end(&self.context, &self.trace, |_| ());
    }
}

fn end(context: &Context, trace: &Trace, conclude: impl FnOnce(&mut Record)) {
    trace.end(context.span().span_context(), None, conclude);
}

impl Clone for SpanHandle {
    fn clone(&self) -> Self {
        let share = |owners: &Owners, trace: &Arc<Trace>| {
            let last = || Arc::new(Last { context: self.context.clone(), trace: Arc::clone(trace) });
            Owners {
                shared: OnceLock::from(Arc::clone(owners.shared.get_or_init(last))),
                ended: AtomicBool::new(false),
            }
        };
        let owners = self.owners.as_ref().zip(self.trace.as_ref());
        Self {
            context: self.context.clone(),
            trace: self.trace.clone(),
            recording: self.recording,
            owners: owners.map(|(owners, trace)| share(owners, trace)),
        }
    }
}

impl Drop for SpanHandle {
    fn drop(&mut self) {
        if let Some(Owners { shared, ended }) = &mut self.owners
            && shared.get().is_none()
            && !*ended.get_mut()
        {
            self.end();
        }
    }
}

impl SpanHandle {
    /// Does nothing.
    pub(crate) fn inert() -> Self {
        Self { context: Context::new(), trace: None, recording: false, owners: None }
    }

    /// Ends the span when its last clone goes.
    pub(crate) fn owning(opened: Opened, trace: Arc<Trace>) -> Self {
        let mut handle = Self::borrowing(opened, trace);
        handle.owners = handle.recording.then(Owners::default);
        handle
    }

    /// Leaves it to somebody else to end the span.
    pub(crate) fn borrowing(Opened { context, recording }: Opened, trace: Arc<Trace>) -> Self {
        Self { context, trace: Some(trace), recording, owners: None }
    }

    /// The span in a context, whoever has opened it.
    pub(crate) fn of(context: Context) -> Self {
        let trace = Scope::trace_of(&context).cloned();
        let recording = trace.is_some() && context.span().is_recording();
        Self { context, trace, recording, owners: None }
    }

    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    pub(crate) fn trace(&self) -> Option<&Arc<Trace>> {
        self.trace.as_ref()
    }

    /// Whether there was something to record when the handle was made; cheap, unlike asking the span.
    pub(crate) fn is_live(&self) -> bool {
        self.recording
    }

    /// Whether anything said here will be exported: false outside a trace, where a request is excluded or not
    /// sampled, when telemetry is off, and after the span has ended. Setters check it themselves; ask only to
    /// spare work that prepares what they are given.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.recording && self.context.span().is_recording()
    }

    /// The id of the trace, as 32 hexadecimal digits: what a support page can show and a log line can carry.
    /// None outside a trace.
    #[must_use]
    pub fn trace_id(&self) -> Option<String> {
        let span = self.context.span();
        let span = span.span_context();
        span.is_valid().then(|| span.trace_id().to_string())
    }

    /// A step below this span, wherever it runs. [`observe`](crate::observe()) opens one below whatever is
    /// active instead.
    ///
    /// ```
    /// # use basalt_core::{ObserveKind, RootSpan};
    /// fn rank(root: &RootSpan) {
    ///     let step = root.child("rank").kind(ObserveKind::Function).start();
    ///     // …
    ///     step.end();
    /// }
    /// ```
    pub fn child(&self, name: impl Into<SpanName>) -> SpanBuilder<Plain> {
        SpanBuilder::under(self.context.clone(), SpanName::given(name))
    }

    /// A call of a model below this span. See [`observe::generation`](crate::observe::generation).
    pub fn generation(&self, name: impl Into<SpanName>) -> SpanBuilder<Generation> {
        SpanBuilder::under(self.context.clone(), SpanName::given(name))
    }

    /// A search below this span. See [`observe::retrieval`](crate::observe::retrieval).
    pub fn retrieval(&self, name: impl Into<SpanName>) -> SpanBuilder<Retrieval> {
        SpanBuilder::under(self.context.clone(), SpanName::given(name))
    }

    /// Ends the span now, and writes what was said of it. What is said later is ignored; ending again does
    /// nothing. Where somebody else ends the span, as a layer does with the span of a request, this does
    /// nothing at all.
    pub fn end(&self) {
        if let Some(owners) = &self.owners {
            owners.ended.store(true, Ordering::Relaxed);
            self.finish(|_| ());
        }
    }

    /// Ends the span, whoever owns it, once `conclude` has said the last word.
    pub(crate) fn finish(&self, conclude: impl FnOnce(&mut Record)) {
        if self.recording
            && let Some(trace) = &self.trace
        {
            end(&self.context, trace, conclude);
        }
    }

    /// Works on the record; false if this span has none, or has it no more.
    pub(crate) fn record(&self, work: impl FnOnce(&mut Record)) -> bool {
        if !self.recording {
            return false;
        }
        let span = self.context.span();
        let id = span.span_context().span_id();
        let found = self.trace().is_some_and(|trace| trace.with_record(id, work).is_some());
        if !found {
            self.warn_of_the_end();
        }
        found
    }

    /// Says it once, if the span has ended that something is said of.
    pub(super) fn warn_of_the_end(&self) {
        if !self.context.span().is_recording() {
            said::once!(debug, "something was said of a span that had ended: it is ignored");
        }
    }
}

impl fmt::Debug for SpanHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = self.context.span();
        let span = span.span_context();
        f.debug_struct("SpanHandle")
            .field("trace_id", &span.trace_id())
            .field("span_id", &span.span_id())
            .field("recording", &self.recording)
            .finish()
    }
}
