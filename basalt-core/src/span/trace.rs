//! The whole trace, addressed from anywhere inside.

use std::sync::Arc;

use opentelemetry::Context;
use serde::Serialize;

use crate::{
    Experiment, Identity,
    context::{Scope, Trace},
    foreign,
    metadata::Metadata,
    semconv::basalt,
    text::visible,
};

/// What [`observe::trace`](crate::observe::trace) returns. Outside a trace it does nothing.
///
/// Payloads and metadata go to the span that stands for the whole: the one that another library has opened
/// around the root, if there is one, otherwise the root. Identity, experiment, session and conversation are
/// said of every span that ends afterwards.
///
/// ```
/// use basalt_core::{Identity, observe};
///
/// fn deep_inside(question: &str, answer: &str) {
///     observe::trace().set_input(question);
///     observe::trace().set_output(answer);
///     observe::trace().set_identity(Identity::user("u-1"));
/// }
/// ```
#[derive(Debug, Clone)]
pub struct TraceHandle(Option<Arc<Trace>>);

impl TraceHandle {
    pub(crate) fn of(context: &Context) -> Self {
        Self(Scope::trace_of(context).map(Trace::outermost))
    }

    /// What the whole was given, as [`SpanHandle::set_input`](super::SpanHandle::set_input). Content.
    pub fn set_input(&self, value: impl Serialize) {
        self.set_content(basalt::INPUT, &value);
    }

    /// What the whole gave back, as [`SpanHandle::set_output`](super::SpanHandle::set_output). Content.
    pub fn set_output(&self, value: impl Serialize) {
        self.set_content(basalt::OUTPUT, &value);
    }

    /// Metadata of the whole, as [`SpanHandle::set_metadata`](super::SpanHandle::set_metadata).
    pub fn set_metadata(&self, object: impl Serialize) {
        if let Some(trace) = &self.0 {
            trace.set_metadata_of_whole(&Metadata::of(&object));
        }
    }

    /// Who asks, as [`RootSpan::set_identity`](super::RootSpan::set_identity).
    pub fn set_identity(&self, identity: impl Into<Identity>) {
        if let (Some(trace), Some(identity)) = (&self.0, foreign::call(|| identity.into())) {
            trace.set_identity(identity);
        }
    }

    /// The experiment, as [`RootSpan::set_experiment`](super::RootSpan::set_experiment).
    pub fn set_experiment(&self, experiment: impl Into<Experiment>) {
        if let (Some(trace), Some(experiment)) = (&self.0, foreign::call(|| experiment.into())) {
            trace.set_experiment(&experiment);
        }
    }

    /// The session, as [`RootSpan::set_session`](super::RootSpan::set_session).
    pub fn set_session(&self, id: impl AsRef<str>) {
        if let (Some(trace), Some(id)) = (&self.0, foreign::read(id, visible)) {
            trace.set_session(id);
        }
    }

    /// The conversation, as [`RootSpan::set_conversation`](super::RootSpan::set_conversation).
    pub fn set_conversation(&self, id: impl AsRef<str>) {
        if let (Some(trace), Some(id)) = (&self.0, foreign::read(id, visible)) {
            trace.set_conversation(id);
        }
    }

    fn set_content(&self, key: &'static str, value: &impl Serialize) {
        if let Some(trace) = &self.0
            && let Some(payload) = trace.origin().content.captured(value)
        {
            trace.set_on_whole(key, payload);
        }
    }
}
