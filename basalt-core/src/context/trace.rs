//! The shared state of one trace.

use std::{
    borrow::Cow,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Instant, SystemTime},
};

use opentelemetry::{
    Context, Key, KeyValue,
    trace::{Event, SpanContext, SpanId, TraceContextExt},
};

use super::{
    Around, Carried, Ended, Injection, Open, Origin, Parent, Record, Scope, TimeLine, timeline::Start,
};
use crate::{ContextValues, Experiment, FeatureSlug, Identity, evaluation::EvaluationRate, payload::Payload};

/// Who asks, for which feature, under which experiment; and the records of the spans that are open.
///
/// What changes here is seen by every span of the trace that ends afterwards. A root inside a root has a
/// trace of its own, which sees the outer one through whatever it does not say itself: as long as the outer root is
/// open, and as it was when that ended from then on.
#[derive(Debug)]
pub(crate) struct Trace {
    origin: Arc<Origin>,
    pub(super) state: Mutex<State>,
}

#[derive(Debug)]
pub(super) struct State {
    /// Shared with the spans that have ended under it: what changes, changes for those that end afterwards.
    pub(super) carried: Arc<Carried>,
    /// The trace that the root stands in, if its root is open, or was until lately.
    pub(super) outer: Option<Arc<Trace>>,
    /// Between the root's start and its end, if it is recorded.
    pub(super) root_is_open: bool,
    /// None until a span starts.
    pub(super) time: Option<TimeLine>,
    /// Another library's span around the root, while the root is open.
    pub(super) around: Option<Around>,
    /// Waits for the next span of a known library.
    pending: Option<Box<Injection>>,
    pub(super) open: Open,
}

impl Trace {
    /// Tosses the coin. A root inside a root goes by the outer one's.
    pub(crate) fn new(
        origin: &Arc<Origin>,
        feature_slug: FeatureSlug,
        values: ContextValues,
        outer: Option<Arc<Trace>>,
        rate: Option<EvaluationRate>,
    ) -> Arc<Self> {
        let evaluated = outer.is_none() && origin.coin.toss(rate.unwrap_or(origin.rate));
        let mut carried = Carried::new(feature_slug, None, evaluated, values);
        let outer = outer.and_then(|outer| outer.inherited_by(&mut carried));
        let time = outer.as_ref().and_then(|outer| outer.state().time);
        let state = State {
            carried: Arc::new(carried),
            outer,
            root_is_open: false,
            time,
            around: None,
            pending: None,
            open: Open::default(),
        };
        Arc::new(Self { origin: Arc::clone(origin), state: Mutex::new(state) })
    }

    pub(crate) fn origin(&self) -> &Arc<Origin> {
        &self.origin
    }

    pub(crate) fn set_identity(&self, identity: Identity) {
        self.state().carry(|carried| carried.values.identity.update(identity));
    }

    /// An experiment is always evaluated. It marks the span around the root too.
    pub(crate) fn set_experiment(&self, experiment: &Experiment) {
        let around = {
            let mut state = self.state();
            state.carry(|carried| {
                carried.evaluated = true;
                carried.experiment = Some(Box::new(experiment.clone()));
            });
            state.around.as_ref().map(|around| around.context.clone())
        };
        if let Some(around) = around {
            around.span().set_attributes(experiment.attributes().map(|(key, text)| KeyValue::new(key, text)));
        }
    }

    /// From here on, and on all that ends afterwards, the trace serves this feature.
    pub(crate) fn set_feature_slug(&self, slug: &FeatureSlug) {
        self.state().carry(|carried| carried.feature_slug = slug.clone());
    }

    pub(crate) fn serves(&self, slug: &FeatureSlug) -> bool {
        self.state().carried.feature_slug == *slug
    }

    pub(crate) fn set_session(&self, session: Arc<str>) {
        self.state().carry(|carried| carried.values.session = Some(session));
    }

    pub(crate) fn set_conversation(&self, conversation: Arc<str>) {
        self.state().carry(|carried| carried.values.conversation = Some(conversation));
    }

    /// Keeps the record of a span that starts; below whom it stands, unless that is a caller, the context
    /// tells.
    pub(super) fn open(&self, mut record: Box<Record>, below: Option<&Context>, start: Start) {
        let mut state = self.state();
        record.start = start.on(&mut state.time);
        if let Some(context) = below.filter(|context| is_local(context)) {
            let above = record.above;
            let mut known = state.open.record(above).is_some();
            if !known && state.outer.is_some() {
                drop(state);
                known = self.outers().any(|outer| outer.is_open(above));
                state = self.state();
            }
            record.parent = if known { Parent::Recorded(above) } else { Parent::Other(context.clone()) };
        }
        state.root_is_open |= !record.is_step();
        state.open.add(record);
    }

    /// Brings a span to delivery, with all that the trace carries now, once `conclude` has said the last word. One that
    /// has ended stays as it is. It ends now, or at a time that somebody else says, if that is not before its start.
    pub(crate) fn end(
        &self,
        span: &SpanContext,
        time: Option<SystemTime>,
        conclude: impl FnOnce(&mut Record),
    ) {
        let mut state = self.state();
        let Some(mut record) = state.open.close(span.span_id()) else { return };
        conclude(&mut record);
        let around = if record.is_root() { state.around.take() } else { None };
        state.root_is_open &= record.is_step();
        let (line, outer) = (state.time, state.outer.is_some());
        let carried = Arc::clone(&state.carried);
        drop(state);
        // They may hold another library's span, which ends with its last holder: not under the lock.
        drop((around, mem::take(&mut record.parent)));
        let carried = if outer { self.carried() } else { carried };
        if outer && !record.is_step() {
            self.let_go();
        }
        let now = || line.map_or(record.start, |line| line.time(Instant::now()));
        let end = time.filter(|time| *time >= record.start).unwrap_or_else(now);
        self.origin.spans.end(Ended { context: span.clone(), record, carried, end });
    }

    /// Works on the record of an open span; none if that span is not open here.
    pub(crate) fn with_record<R>(&self, id: SpanId, work: impl FnOnce(&mut Record) -> R) -> Option<R> {
        self.state().open.record(id).map(work)
    }

    /// Sets an attribute of an open span; where that span is not open here, somebody else gets it.
    pub(crate) fn set(&self, id: SpanId, key: Key, payload: Payload, elsewhere: impl FnOnce(Key, Payload)) {
        let mut state = self.state();
        if let Some(record) = state.open.record(id) {
            record.set(key, payload);
        } else {
            drop(state);
            elsewhere(key, payload);
        }
    }

    /// Records that something has happened in an open span, now or at a time that somebody else says. Returns the
    /// attributes where that span is not open here.
    pub(crate) fn add_event(
        &self,
        id: SpanId,
        name: Cow<'static, str>,
        time: Option<SystemTime>,
        attributes: Vec<KeyValue>,
    ) -> Result<(), (Cow<'static, str>, Vec<KeyValue>)> {
        let mut state = self.state();
        let line = state.time;
        let Some(record) = state.open.record(id) else { return Err((name, attributes)) };
        let now = || line.map_or(record.start, |line| line.time(Instant::now()));
        let event = Event::new(name, time.unwrap_or_else(now), attributes, 0);
        record.add_event(event, self.origin.spans.limits());
        Ok(())
    }

    /// Brings a child's variables to its parent, which may stand in an outer trace.
    pub(crate) fn climb(&self, parent: SpanId, variables: Payload) {
        let mut waiting = Some(variables);
        let mut take = |record: &mut Record| waiting.take().map(|variables| record.climb(variables));
        if self.with_record(parent, &mut take).is_none() {
            self.outers().find_map(|outer| outer.with_record(parent, &mut take));
        }
    }

    /// Data for the next span of a known library.
    pub(crate) fn prepare(&self, injection: Injection) {
        self.state().pending = Some(Box::new(injection));
    }

    pub(crate) fn is_prepared(&self) -> bool {
        let is_prepared = |trace: &Trace| trace.state().pending.is_some();
        is_prepared(self) || self.outers().any(|outer| is_prepared(&outer))
    }

    pub(crate) fn take_prepared(&self) -> Option<Injection> {
        let take = |trace: &Trace| trace.state().pending.take();
        let taken = take(self).or_else(|| self.outers().find_map(|outer| take(&outer)));
        taken.map(|pending| *pending)
    }

    /// Who asks, as a span that ends now would say it.
    pub(crate) fn values(&self) -> ContextValues {
        self.carried().values.clone()
    }

    /// The experiment, as a span that ends now would say it.
    pub(crate) fn experiment(&self) -> Option<Experiment> {
        self.carried().experiment.as_deref().cloned()
    }

    /// Hands over what a span of another library carries that starts in this scope.
    pub(crate) fn stamp(&self, scope: &Scope, attribute: &mut impl FnMut(KeyValue)) {
        let limit = self.origin.content.limit;
        let blocks = scope.blocks.as_ref().map(|blocks| &blocks.values);
        self.carried().write(blocks, limit, &mut Vec::new(), attribute);
        self.origin.metadata.iter().cloned().for_each(attribute);
    }

    /// Whether a span is open here.
    pub(super) fn is_open(&self, id: SpanId) -> bool {
        self.with_record(id, |_| ()).is_some()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(super) fn carried(&self) -> &Carried {
        &self.carried
    }

    pub(super) fn carry(&mut self, change: impl FnOnce(&mut Carried)) {
        let carried = Arc::make_mut(&mut self.carried);
        change(carried);
        carried.weigh();
    }
}

/// Whether a span of this process is active in a context.
pub(crate) fn is_local(context: &Context) -> bool {
    let span = context.span();
    let span = span.span_context();
    span.is_valid() && !span.is_remote()
}
