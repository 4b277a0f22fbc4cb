//! Tests of roots inside roots, and of the times of what happens in them.

use std::{
    sync::{Arc, Mutex, Weak, atomic::AtomicU64, atomic::Ordering},
    thread,
    time::{Duration, SystemTime},
};

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
};

use super::{RootOpening, RootSpan, SpanHandle};
use crate::{
    FeatureSlug, Identity,
    capture::Content,
    context::{Ended, Limits, Origin, SpanSource, Trace, Written, set_clock_back},
    evaluation::Coin,
    semconv::basalt,
};

const LIMITS: Limits =
    Limits { attributes: 128, events: 128, attributes_per_event: 128, links: 128, attributes_per_link: 128 };

/// Numbers spans, and keeps them when they have ended.
#[derive(Debug, Default)]
struct Kept {
    last: AtomicU64,
    spans: Arc<Mutex<Vec<Written>>>,
}

impl SpanSource for Kept {
    fn start(&self, _: &Context, _: Option<&SpanContext>) -> SpanContext {
        let id = SpanId::from(self.last.fetch_add(1, Ordering::Relaxed) + 1);
        SpanContext::new(TraceId::from(1), id, TraceFlags::SAMPLED, false, TraceState::NONE)
    }

    fn end(&self, span: Ended) {
        self.spans.lock().unwrap().push(span.write(&[], LIMITS));
    }

    fn limits(&self) -> Limits {
        LIMITS
    }
}

struct Service {
    origin: Arc<Origin>,
    spans: Arc<Mutex<Vec<Written>>>,
}

impl Service {
    fn new() -> Self {
        let kept = Kept::default();
        let spans = Arc::clone(&kept.spans);
        let origin = Origin {
            spans: Box::new(kept),
            content: Content { capture: Default::default(), limit: 1 << 16 },
            values: None,
            rate: Default::default(),
            coin: Coin::default(),
            metadata: Vec::new(),
            known_methods: None,
            shut_down: Default::default(),
        };
        Self { origin: Arc::new(origin), spans }
    }

    /// Opens a root inside a context.
    fn root(&self, parent: &Context) -> RootSpan {
        let opening = RootOpening {
            origin: &self.origin,
            feature_slug: FeatureSlug::from("f"),
            identity: Identity::default(),
            experiment: None,
            rate: None,
            caller: None,
        };
        let (opened, trace) = opening.open(parent, |record| record.rename("root".into()));
        RootSpan::new(SpanHandle::owning(opened, trace))
    }

    fn last(&self) -> Written {
        self.spans.lock().unwrap().pop().unwrap()
    }
}

fn user(span: &Written) -> Option<String> {
    let user = span.attributes.iter().find(|attribute| attribute.key.as_str() == basalt::USER_ID)?;
    Some(user.value.as_str().into_owned())
}

fn trace(root: &RootSpan) -> Weak<Trace> {
    Arc::downgrade(root.trace().unwrap())
}

#[test]
fn a_root_keeps_no_outer_roots_that_have_ended_and_says_what_they_said() {
    for ends_before_its_successor_opens in [true, false] {
        let service = Service::new();
        let mut root = service.root(&Context::new());
        root.set_identity("u-1");
        let first = trace(&root);
        for number in 0..10_000 {
            if ends_before_its_successor_opens {
                root.end();
            }
            let next = service.root(root.context());
            root.end();
            root = next;
            assert!(root.trace().unwrap().depth() <= 1, "{number}");
        }
        root.end();
        assert_eq!(root.trace().unwrap().depth(), 0);
        assert!(first.upgrade().is_none(), "nobody keeps the first one");
        assert_eq!(user(&service.last()).as_deref(), Some("u-1"));
    }
}

#[test]
fn what_is_said_of_an_outer_root_counts_inside_until_it_ends() {
    let service = Service::new();
    let outer = service.root(&Context::new());
    let inner = service.root(outer.context());
    let late = service.root(outer.context());
    outer.set_identity("u-1");
    inner.end();
    assert_eq!(user(&service.last()).as_deref(), Some("u-1"));
    outer.set_identity("u-2");
    outer.end();
    assert_eq!(user(&service.last()).as_deref(), Some("u-2"));
    let successor = service.root(outer.context());
    outer.set_identity("u-3");
    successor.end();
    assert_eq!(user(&service.last()).as_deref(), Some("u-2"), "as it was when its root was opened");
    drop(late);
}

/// On so little stack that a recursion would overflow it.
fn on_a_small_stack(work: fn()) {
    thread::Builder::new().stack_size(128 * 1024).spawn(work).unwrap().join().unwrap();
}

#[test]
fn open_roots_may_stand_inside_one_another_as_deep_as_anybody_likes() {
    on_a_small_stack(|| {
        for from_the_outside in [true, false] {
            let service = Service::new();
            let mut roots = vec![service.root(&Context::new())];
            roots[0].set_identity("u-1");
            for _ in 0..5_000 {
                let inner = service.root(roots[roots.len() - 1].context());
                assert!(inner.trace().unwrap().depth() <= 64);
                inner.child("step").start().set_variables(std::collections::BTreeMap::from([("a", 1)]));
                roots.push(inner);
            }
            assert_eq!(roots[30].trace().unwrap().outermost().depth(), 0);
            if from_the_outside {
                roots.reverse();
            }
            while let Some(root) = roots.pop() {
                root.end();
            }
            let spans = service.spans.lock().unwrap();
            assert_eq!(spans.len(), 10_001);
            assert!(spans.iter().all(|span| user(span).as_deref() == Some("u-1")));
        }
    });
}

#[test]
fn a_clock_that_steps_back_makes_no_span_that_ends_before_it_starts_and_none_that_begins_before_its_root() {
    let service = Service::new();
    let root = service.root(&Context::new());
    set_clock_back(3_600);
    let inner = service.root(root.context());
    let step = inner.child("step").start();
    step.add_event("something", Vec::new());
    step.set_error("failed");
    set_clock_back(7_200);
    step.end();
    let child = root.child("child").start();
    child.context().span().end_with_timestamp(SystemTime::now() - Duration::from_secs(60));
    inner.end();
    root.end();
    set_clock_back(0);
    let spans = service.spans.lock().unwrap();
    let root = spans.iter().map(|span| span.start).min().unwrap();
    assert_eq!(spans.last().unwrap().start, root);
    for span in spans.iter() {
        assert!(span.start <= span.end && span.end < root + Duration::from_secs(600), "{span:?}");
        let events = span.remarks.iter().flat_map(|remarks| &remarks.events);
        assert!(events.map(|event| event.timestamp).all(|time| (span.start..=span.end).contains(&time)));
    }
}

#[test]
fn a_time_that_somebody_else_says_is_kept() {
    let service = Service::new();
    let root = service.root(&Context::new());
    let later = SystemTime::now() + Duration::from_secs(60);
    root.context().span().end_with_timestamp(later);
    assert_eq!(service.last().end, later);
}

#[test]
fn the_clock_is_set_anew_for_every_trace() {
    let service = Service::new();
    set_clock_back(3_600);
    service.root(&Context::new()).end();
    set_clock_back(0);
    let before = service.last();
    service.root(&Context::new()).end();
    assert!(service.last().start > before.end + Duration::from_secs(3_000));
}
