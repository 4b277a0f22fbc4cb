//! What runs while a thread's locals are destroyed may be observed, too. OpenTelemetry's context is gone by then, and a
//! panic there aborts the process: every probe is a process of its own.

use std::{cell::RefCell, convert::Infallible, env, process::Command, sync::mpsc, thread};

use axum::{Router, body::Body, routing::get};
use basalt_tests::observed::recording;
use basalt_tower::{
    Basalt, BasaltLayer, ContextValues, InCurrentObservation, Observe, Prepared, PromptRef, RootSpan,
    context::{self, Baggage, Injection, carry},
    observe,
    opentelemetry::Context,
};
use futures_util::FutureExt;
use http::{HeaderMap, Request};
use tower_layer::Layer;
use tower_service::Service;

const PROBE: &str = "BASALT_TEST_THREAD_ENDS";

type Entry = (&'static str, fn(&Basalt, &RootSpan));

/// Everything by which users and fronts come in that asks for the current context, or changes it.
const ENTRIES: &[Entry] = &[
    ("observe", |_, _| observe::observe("step").start().end()),
    ("generation", |_, _| observe::generation("step").in_scope(|span| span.set_prompt("why?"))),
    ("retrieval", |_, _| drop(observe::retrieval("step").enter())),
    ("function", |_, _| observe::function("step").run(|_| async {}).now_or_never().unwrap()),
    ("tool", |_, _| {
        observe::tool("step").try_run(|_| async { Ok::<_, Infallible>(()) }).now_or_never().unwrap().unwrap();
    }),
    ("event", |_, _| observe::event("step").input(7).start().end()),
    ("attach", |_, _| observe::attach(Prepared::step("step")).start().end()),
    ("current", |_, _| observe::current().set_output(7)),
    ("trace", |_, _| observe::trace().set_output(7)),
    ("set_input", |_, _| observe::set_input(7)),
    ("set_output", |_, _| observe::set_output(7)),
    ("set_variables", |_, _| observe::set_variables(ContextMap::from([("a", 1)]))),
    ("set_metadata", |_, _| observe::set_metadata(ContextMap::from([("a", 1)]))),
    ("set_identity", |_, _| observe::set_identity("u-1")),
    ("identify", |_, _| observe::identify("u-1")),
    ("set_attribute", |_, _| observe::set_attribute("a", 1)),
    ("set_attributes", |_, _| observe::set_attributes([("a", 1)])),
    ("set_model", |_, _| observe::set_model("m")),
    ("set_prompt_ref", |_, _| observe::set_prompt_ref(&PromptRef::new("p"))),
    ("add_evaluators", |_, _| observe::add_evaluators(["e"])),
    ("add_event", |_, _| observe::add_event("e", Vec::new())),
    ("set_error", |_, _| observe::set_error("e")),
    ("inject", |_, _| observe::inject(Injection::new().input(1))),
    ("trace_id", |_, _| drop(context::trace_id())),
    ("identity", |_, _| drop(context::identity())),
    ("user", |_, _| drop(context::user())),
    ("organization", |_, _| drop(context::organization())),
    ("session", |_, _| drop(context::session())),
    ("conversation", |_, _| drop(context::conversation())),
    ("context::inject", |_, _| context::inject(&mut HeaderMap::new())),
    ("inject_with", |_, _| context::inject_with(&mut HeaderMap::new(), Baggage::none().identity())),
    ("headers", |_, _| drop(context::headers())),
    ("headers_with", |_, _| drop(context::headers_with(Baggage::none().session()))),
    ("with_evaluators", |_, _| context::with_evaluators(["e"], async {}).now_or_never().unwrap()),
    ("in_evaluators", |_, _| context::in_evaluators(["e"], || ())),
    ("with_prompt", |_, _| context::with_prompt(PromptRef::new("p"), async {}).now_or_never().unwrap()),
    ("in_prompt", |_, _| context::in_prompt(PromptRef::new("p"), || ())),
    ("with_context", |_, _| context::with_context(ContextValues::new(), async {}).now_or_never().unwrap()),
    ("in_context", |_, _| context::in_context(ContextValues::new(), || ())),
    ("carry", |_, _| carry(|| ())()),
    ("in_current_observation", |_, _| async {}.in_current_observation().now_or_never().unwrap()),
    ("a macro", |_, _| traced()),
    ("a macro's root", |_, _| rooted()),
    ("start_observe", |basalt, _| basalt.start_observe("f", "inner").start().end()),
    ("start_observe.run", |basalt, _| {
        basalt
            .start_observe("f", "inner")
            .run(|_| async { observe::observe("step").start().end() })
            .now_or_never()
            .unwrap();
    }),
    ("start_observe.in_scope", |basalt, _| basalt.start_observe("f", "inner").in_scope(|_| traced())),
    ("start_observe.enter", |basalt, _| drop(basalt.start_observe("f", "inner").enter())),
    ("child", |_, root| root.child("step").start().end()),
    ("child.in_scope", |_, root| root.child("step").in_scope(|_| traced())),
    ("child.enter", |_, root| drop(root.child("step").enter())),
    ("child.run", |_, root| root.child("step").run(|_| async {}).now_or_never().unwrap()),
    ("child, dropped in the middle", |_, root| {
        assert!(std::future::pending::<()>().observed(root).now_or_never().is_none());
    }),
    ("root.attach", |_, root| root.attach(Prepared::generation("step")).start().end()),
    ("root", |_, root| {
        root.set_input(1);
        root.set_error("e");
        root.add_event("e", Vec::new());
        root.set_identity("u-1");
        drop((root.clone(), root.trace_id(), root.is_recording()));
    }),
    ("a request", |basalt, _| {
        let router = Router::new().route("/", get(|| async { observe::set_output(7) }));
        let mut service = BasaltLayer::new(basalt, "f").layer(router.with_state::<()>(()));
        drop(service.call(Request::get("/").body(Body::empty()).unwrap()).now_or_never().unwrap());
    }),
];

type ContextMap = std::collections::BTreeMap<&'static str, u8>;

#[basalt_tower::observe]
fn traced() {}

#[basalt_tower::start_observe(feature_slug = "f", name = "r")]
fn rooted() {}

/// Goes through an entry when its thread-local is destroyed.
struct AtTheEnd {
    entry: Entry,
    basalt: Basalt,
    root: RootSpan,
    done: mpsc::Sender<&'static str>,
}

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        let (name, enter) = self.entry;
        eprintln!("{name}");
        enter(&self.basalt, &self.root);
        self.done.send(name).unwrap();
    }
}

thread_local! {
    static AT_THE_END: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
    static GUARD: RefCell<Option<Box<dyn std::any::Any>>> = const { RefCell::new(None) };
}

/// How a thread has been used before.
fn used(order: &str) {
    match order {
        "by us" => observe::observe("used").start().end(),
        "by others" => drop(Context::current().attach()),
        "with a guard that stays" => {
            let basalt = recording().0;
            GUARD.set(Some(Box::new(basalt.start_observe("f", "kept").enter())));
        }
        _ => {}
    }
}

#[test]
fn probe() {
    let Ok(order) = env::var(PROBE) else { return };
    let (basalt, recorder) = recording();
    basalt.install();
    for entry in ENTRIES.iter().copied() {
        let (done, told) = mpsc::channel();
        let root = basalt.start_observe("f", "root").start();
        let (basalt, order) = (basalt.clone(), order.clone());
        let work = move || {
            GUARD.set(None);
            AT_THE_END.set(Some(AtTheEnd { entry, basalt, root, done }));
            used(&order);
        };
        thread::spawn(work).join().unwrap();
        assert_eq!(told.recv(), Ok(entry.0));
    }
    basalt.shutdown_blocking().unwrap();
    let named = |name: &str| recorder.spans().iter().filter(|span| span.name == name).count();
    assert_eq!(named("root"), ENTRIES.len(), "handles that are dropped then end their spans");
    assert_eq!(named("inner"), 4, "roots are observed as ever");
}

fn survives(order: &str) {
    let mut command = Command::new(env::current_exe().unwrap());
    let output = command.args(["--exact", "probe", "--nocapture"]).env(PROBE, order).output().unwrap();
    assert!(output.status.success(), "{order}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn everything_can_be_called_while_a_thread_ends_that_was_observed() {
    survives("by us");
}

#[test]
fn everything_can_be_called_while_a_thread_ends_that_only_others_have_observed() {
    survives("by others");
}

#[test]
fn everything_can_be_called_while_a_thread_ends_that_nobody_has_observed() {
    survives("by nobody");
}

#[test]
fn everything_can_be_called_while_a_thread_ends_whose_locals_keep_a_guard() {
    survives("with a guard that stays");
}
