//! The root of a trace.

use std::{fmt, ops::Deref};

use super::{Kind, Prepared, SpanBuilder, SpanHandle};
use crate::{Experiment, Identity, evaluation::EvaluationRate, foreign, text::visible};

/// The root of a trace: a request, a job, one turn of a loop.
///
/// What is said here of who asks and under which experiment is on every span of the trace that ends
/// afterwards, the root included. Everything that can be said of any span is on [`SpanHandle`], to which
/// it derefs. Domain code takes a `&RootSpan` and needs no web framework: the handles of all fronts deref to
/// it.
///
/// One from [`start_observe`](crate::Basalt::start_observe) ends with [`end`](SpanHandle::end) or with its last
/// clone; the one of a request ends with the answer, whoever holds it.
///
/// ```
/// use basalt_core::{Identity, RootSpan};
///
/// async fn answer(request: &RootSpan, question: &str) -> String {
///     request.set_input(question);
///     request.set_identity(Identity::user("u-1"));
///     let answer = String::from("Because.");
///     request.set_output(&answer);
///     answer
/// }
/// ```
#[derive(Clone)]
pub struct RootSpan {
    handle: SpanHandle,
}

impl RootSpan {
    pub(crate) fn new(handle: SpanHandle) -> Self {
        Self { handle }
    }

    /// Says who asks, for the whole trace: the root, the spans that are open and those still to come. Spans
    /// that have ended are gone. The parts given, user or organization, replace earlier ones whole; the
    /// others stay. A bare text is a user's id.
    ///
    /// ```
    /// # use basalt_core::{Experiment, Identity, RootSpan};
    /// # fn handler(root: &RootSpan) {
    /// root.set_identity("u-1");
    /// root.set_identity(Identity::default().organization("o-1").organization_named("Acme"));
    /// # }
    /// ```
    pub fn set_identity(&self, identity: impl Into<Identity>) {
        if let (Some(trace), Some(identity)) = (self.handle.trace(), foreign::call(|| identity.into())) {
            trace.set_identity(identity);
        }
    }

    /// Names the route of a request (`http.route`), where no router has: the span is called
    /// `{method} {route}`. Give a template such as `/users/{id}`, never a path: names must be few, and callers
    /// must not choose them. Outside HTTP it does nothing.
    ///
    /// ```
    /// # use basalt_core::{Experiment, Identity, RootSpan};
    /// # fn handler(root: &RootSpan) {
    /// root.set_route("/users/{id}");
    /// # }
    /// ```
    pub fn set_route(&self, route: &str) {
        self.handle.record(|record| record.set_route(route));
    }

    /// The same, from a router: a handler's own word counts more.
    pub(crate) fn set_matched_route(&self, route: &str) {
        self.handle.record(|record| {
            if !record.has_route() {
                record.set_route(route);
            }
        });
    }

    /// Puts the trace under an experiment (`basalt.experiment.*`), which means that it is evaluated whatever
    /// the rate says. A later experiment replaces an earlier one whole.
    ///
    /// ```
    /// # use basalt_core::{Experiment, Identity, RootSpan};
    /// # fn handler(root: &RootSpan) {
    /// if let Ok(experiment) = Experiment::new("exp-77") {
    ///     root.set_experiment(experiment.named("shorter answers"));
    /// }
    /// # }
    /// ```
    pub fn set_experiment(&self, experiment: impl Into<Experiment>) {
        if let (Some(trace), Some(experiment)) = (self.handle.trace(), foreign::call(|| experiment.into())) {
            trace.set_experiment(&experiment);
        }
    }

    /// Writes down how likely this trace was to be evaluated (`basalt.span.evaluation.config`). The coin has
    /// been tossed when the root was opened: this does not toss it again.
    pub fn set_evaluation_rate(&self, rate: impl Into<EvaluationRate>) {
        if let Some(rate) = foreign::call(|| rate.into()) {
            self.handle.record(|record| record.set_rate(rate));
        }
    }

    /// Opens a step that was prepared before its parent was known.
    ///
    /// ```
    /// use basalt_core::{Prepared, RootSpan};
    ///
    /// fn handler(root: &RootSpan) {
    ///     let prepared = Prepared::generation("answer").input("why?");
    ///     let generation = root.attach(prepared).start();
    /// }
    /// ```
    pub fn attach<K: Kind>(&self, prepared: Prepared<K>) -> SpanBuilder<K> {
        prepared.under(self.handle.context().clone())
    }

    /// Names the user's session, on every span of the trace that ends afterwards. A blank id says nothing.
    ///
    /// Source: OpenTelemetry, `session.id`.
    pub fn set_session(&self, id: impl AsRef<str>) {
        if let (Some(trace), Some(id)) = (self.handle.trace(), foreign::read(id, visible)) {
            trace.set_session(id);
        }
    }

    /// Names the conversation that this trace is a turn of, on every span that ends afterwards. Give the id
    /// that your service keeps the conversation under; none is invented. A blank id says nothing.
    ///
    /// Source: OpenTelemetry's GenAI conventions, `gen_ai.conversation.id`.
    pub fn set_conversation(&self, id: impl AsRef<str>) {
        if let (Some(trace), Some(id)) = (self.handle.trace(), foreign::read(id, visible)) {
            trace.set_conversation(id);
        }
    }
}

/// Does nothing, as the handle of a request that is not observed.
impl Default for RootSpan {
    fn default() -> Self {
        Self::new(SpanHandle::inert())
    }
}

impl Deref for RootSpan {
    type Target = SpanHandle;

    fn deref(&self) -> &SpanHandle {
        &self.handle
    }
}

impl fmt::Debug for RootSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RootSpan").field(&self.handle).finish()
    }
}
