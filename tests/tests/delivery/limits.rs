//! The limit of a flush or a shutdown is the caller's, whatever the delivery thread does meanwhile.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use basalt_core::{Basalt, DeliveryError, Redaction, testing::Recorder};
use basalt_tests::gate::Gate;
use opentelemetry_sdk::{
    error::{OTelSdkError, OTelSdkResult},
    trace::{SpanData, SpanExporter},
};

/// Short: it is what the caller gives.
const LIMIT: Duration = Duration::from_millis(100);
/// Generous: what hangs, hangs for ever.
const SOON: Duration = Duration::from_secs(30);

/// The result of work on another thread; none if that hangs.
fn soon<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (done, waiting) = mpsc::channel();
    thread::spawn(move || done.send(work()));
    waiting.recv_timeout(SOON).ok()
}

/// Every way to ask within a limit, shutdown last.
fn every_way(basalt: &Basalt) -> Vec<Result<(), DeliveryError>> {
    let basalt = basalt.clone();
    let asked = soon(move || {
        let timerless = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let multi =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let actix = actix_web::rt::System::new();
        vec![
            basalt.flush_blocking(LIMIT),
            timerless.block_on(basalt.flush(LIMIT)),
            multi.block_on(basalt.flush(LIMIT)),
            actix.block_on(async { basalt.flush(LIMIT).await }),
            timerless.block_on(basalt.shutdown_within(LIMIT)),
            multi.block_on(basalt.shutdown_within(LIMIT)),
        ]
    });
    asked.expect("every call returns at its limit")
}

/// Blocks until the gate opens, as code that waits for a lock or a pipe does.
#[derive(Debug, Clone)]
struct Blocks(Gate);

impl SpanExporter for Blocks {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        self.0.pass();
        Ok(())
    }
}

/// Telemetry that is held up in each of the ways in which foreign code can do so, and the gate that frees it.
fn held_up() -> Vec<(&'static str, Basalt, Gate)> {
    let exporter = {
        let gate = Gate::closed();
        ("an exporter", Basalt::builder().exporter(Blocks(gate.clone())).build().unwrap(), gate)
    };
    let closure = {
        let gate = Gate::closed();
        let held = gate.clone();
        let redaction = Redaction::builder().with(move |key, _| {
            if key == "held" {
                held.pass();
            }
            None
        });
        let builder = Basalt::builder().exporter(Recorder::new()).redaction(redaction.build().unwrap());
        ("a redaction closure", builder.build().unwrap(), gate)
    };
    let console = {
        let gate = Gate::closed();
        let held = gate.clone();
        ("the console", Basalt::builder().console(move |_| held.pass()).build().unwrap(), gate)
    };
    vec![exporter, closure, console]
}

fn root(basalt: &Basalt) {
    basalt.start_observe("f", "root").in_scope(|root| root.set_attribute("held", "text"));
}

#[test]
fn every_call_returns_at_its_limit_though_delivery_is_held_up() {
    for (what, basalt, gate) in held_up() {
        root(&basalt);
        gate.wait_for_somebody();
        for (way, result) in every_way(&basalt).into_iter().enumerate() {
            assert_eq!(result.expect_err(what).undelivered, 1, "{what}, way {way}");
        }
        gate.open();
    }
}

#[test]
fn what_holds_up_one_destination_holds_up_no_other() {
    let (gate, recorder) = (Gate::closed(), Recorder::new());
    let builder = Basalt::builder().exporter(Blocks(gate.clone())).exporter(recorder.clone());
    let basalt = builder.build().unwrap();
    for number in 1..=3 {
        root(&basalt);
        gate.wait_for_somebody();
        assert!(basalt.flush_blocking(LIMIT).is_err());
        let (all, flushed) = (recorder.clone(), basalt.clone());
        let seen = soon(move || {
            while all.spans().len() < number {
                let _ = flushed.flush_blocking(LIMIT);
            }
        });
        assert_eq!(seen, Some(()), "the other destination has {number}");
    }
    gate.open();
    assert_eq!(basalt.shutdown_blocking(), Ok(()), "nothing was lost");
}

#[test]
fn shutdown_stops_at_its_limit_between_two_spans_and_counts_the_rest() {
    let gate = Gate::closed();
    let held = gate.clone();
    let redaction = Redaction::builder().with(move |key, _| {
        if key == "held" {
            held.pass();
        }
        None
    });
    let recorder = Recorder::new();
    let builder = Basalt::builder().exporter(recorder.clone()).redaction(redaction.build().unwrap());
    let basalt = builder.build().unwrap();
    (0..50).for_each(|_| root(&basalt));
    gate.wait_for_somebody();
    assert_eq!(basalt.shutdown_blocking_within(LIMIT).unwrap_err().undelivered, 50);
    gate.open();
    let (closed, all) = (basalt.clone(), recorder.clone());
    let told = soon(move || closed.shutdown_blocking()).unwrap();
    let told = told.expect_err("it was not all delivered").undelivered;
    let sent = all.spans().len() as u64;
    assert!(sent <= 1 && told + sent >= 50, "only the span at hand is written: {told} told, {sent} sent");
    assert!(told <= 50, "what is on its way at the end has not been answered, and counts once");
    assert_eq!(basalt.health().lost(), told);
}

/// Fails or panics as it is told to.
#[derive(Debug, Clone, Default)]
struct Unwell {
    recorder: Recorder,
    export_panics: bool,
    flush_panics: bool,
    shutdown: Option<fn() -> OTelSdkResult>,
}

impl SpanExporter for Unwell {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        assert!(!self.export_panics, "export");
        self.recorder.export(batch).await
    }

    fn force_flush(&self) -> OTelSdkResult {
        assert!(!self.flush_panics, "flush");
        Ok(())
    }

    fn shutdown(&self) -> OTelSdkResult {
        self.shutdown.map_or(Ok(()), |shutdown| shutdown())
    }
}

#[test]
fn an_exporter_that_panics_is_an_error_and_the_others_are_flushed_and_closed() {
    let closed = Arc::new(AtomicBool::new(false));
    #[derive(Debug, Clone)]
    struct Closes(Recorder, Arc<AtomicBool>);
    impl SpanExporter for Closes {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            self.0.export(batch).await
        }
        fn shutdown(&self) -> OTelSdkResult {
            self.1.store(true, Ordering::SeqCst);
            Ok(())
        }
    }
    let unwell = Unwell { flush_panics: true, shutdown: Some(|| panic!("shutdown")), ..Unwell::default() };
    let other = Closes(Recorder::new(), Arc::clone(&closed));
    let basalt = Basalt::builder().exporter(unwell.clone()).exporter(other.clone()).build().unwrap();
    root(&basalt);
    let flushed = basalt.flush_blocking(SOON).unwrap_err();
    assert_eq!((flushed.undelivered, flushed.reason.as_str()), (0, "exporter: the exporter has panicked"));
    root(&basalt);
    let stopped = basalt.shutdown_blocking().unwrap_err();
    assert_eq!((stopped.undelivered, stopped.reason.as_str()), (0, "exporter: the exporter has panicked"));
    assert_eq!((unwell.recorder.spans().len(), other.0.spans().len()), (2, 2));
    assert!(closed.load(Ordering::SeqCst));
    for later in [basalt.shutdown_blocking(), basalt.flush_blocking(SOON)] {
        assert_eq!(later, Err(stopped.clone()));
    }
}

#[test]
fn an_exporter_that_fails_to_shut_down_is_an_error() {
    let fails = || Err(OTelSdkError::InternalFailure("no room".to_owned()));
    let unwell = Unwell { shutdown: Some(fails), ..Unwell::default() };
    let basalt = Basalt::builder().exporter(unwell).build().unwrap();
    let error = basalt.shutdown_blocking().unwrap_err();
    assert!(error.reason.contains("no room"), "{error}");
}

#[test]
fn an_exporter_that_panics_loses_its_batch_and_goes_on() {
    let unwell = Unwell { export_panics: true, ..Unwell::default() };
    let basalt = Basalt::builder().exporter(unwell).build().unwrap();
    for _ in 0..2 {
        root(&basalt);
        assert_eq!(basalt.flush_blocking(SOON).unwrap_err().undelivered, 1);
    }
    assert_eq!(basalt.health().destinations[0].refused, 2);
}

/// Whatever of delivery calls foreign code: what that hears if it asks for delivery.
fn heard_inside() -> Vec<(&'static str, Arc<Mutex<Option<DeliveryError>>>)> {
    let asks = |heard: &Arc<Mutex<Option<DeliveryError>>>, basalt: &Arc<Mutex<Option<Basalt>>>| {
        let (heard, basalt) = (Arc::clone(heard), Arc::clone(basalt));
        move || {
            let basalt = basalt.lock().unwrap().clone().unwrap();
            let flushed = basalt.flush_blocking(SOON);
            assert_eq!(basalt.shutdown_blocking(), flushed, "both are refused");
            *heard.lock().unwrap() = flushed.err();
        }
    };
    let mut all = Vec::new();
    for what in ["closure", "exporter", "console"] {
        let (heard, own) = (Arc::default(), Arc::default());
        let ask = asks(&heard, &own);
        let builder = match what {
            "closure" => {
                let redaction = Redaction::builder().with(move |key, _| {
                    if key == "held" {
                        ask();
                    }
                    None
                });
                Basalt::builder().exporter(Recorder::new()).redaction(redaction.build().unwrap())
            }
            "exporter" => Basalt::builder().exporter(Asks(Box::new(ask))),
            _ => Basalt::builder().console(move |_| ask()),
        };
        let basalt = builder.build().unwrap();
        *own.lock().unwrap() = Some(basalt.clone());
        root(&basalt);
        assert_eq!(soon(move || basalt.flush_blocking(SOON)), Some(Ok(())), "{what}");
        all.push((what, heard));
    }
    all
}

struct Asks(Box<dyn Fn() + Send + Sync>);

impl std::fmt::Debug for Asks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Asks")
    }
}

impl SpanExporter for Asks {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        (self.0)();
        Ok(())
    }
}

#[test]
fn calls_from_the_delivery_thread_are_refused_at_once_and_stop_nothing() {
    for (what, heard) in heard_inside() {
        let error = heard.lock().unwrap().take().expect(what);
        assert!(error.reason.contains("call them from another thread"), "{what}: {error}");
    }
}

#[test]
fn a_panic_hook_that_flushes_costs_no_delivery() {
    let redaction = Redaction::builder().with(|key, _| if key == "held" { panic!("closure") } else { None });
    let recorder = Recorder::new();
    let builder = Basalt::builder().exporter(recorder.clone()).redaction(redaction.build().unwrap());
    let basalt = builder.build().unwrap();
    let (hooked, former) = (basalt.clone(), panic::take_hook());
    panic::set_hook(Box::new(move |_| {
        let _ = hooked.flush_blocking(LIMIT);
    }));
    root(&basalt);
    let flushed = soon(AssertUnwindSafe(move || basalt.flush_blocking(SOON)).0);
    panic::set_hook(former);
    assert_eq!(flushed, Some(Ok(())));
    assert_eq!(recorder.spans().len(), 1);
}

/// Panics again when it is dropped, and so on.
struct Bomb(u32);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.0 > 0 {
            panic::panic_any(Bomb(self.0 - 1));
        }
    }
}

#[derive(Debug)]
struct Explodes(u32);

impl SpanExporter for Explodes {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        panic::panic_any(Bomb(self.0))
    }
}

#[test]
fn what_panics_again_and_again_stops_no_destination() {
    for bomb in [1, 2, 3, 1_000] {
        let redaction = Redaction::builder().with(move |key, _| {
            if key == "held" {
                panic::panic_any(Bomb(bomb));
            }
            None
        });
        let recorder = Recorder::new();
        let builder = Basalt::builder().exporter(Explodes(bomb)).exporter(recorder.clone());
        let basalt = builder.redaction(redaction.build().unwrap()).build().unwrap();
        for number in 1..=3 {
            root(&basalt);
            assert_eq!(basalt.flush_blocking(SOON).unwrap_err().undelivered, 1, "{bomb}");
            assert_eq!(recorder.spans().len(), number, "{bomb}");
        }
        assert_eq!(recorder.value("root", "held"), Some("[redacted]".into()), "{bomb}");
        assert_eq!(basalt.health().unwritten, 0);
        basalt.shutdown_blocking().unwrap();
    }
}

/// Takes what comes, and never returns from a flush.
#[derive(Debug, Clone)]
struct FlushesForEver(Gate);

impl SpanExporter for FlushesForEver {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.pass();
        Ok(())
    }
}

#[test]
fn a_flush_of_an_exporter_that_never_returns_holds_one_thread_and_no_more() {
    let (gate, recorder) = (Gate::closed(), Recorder::new());
    let builder = Basalt::builder().exporter(FlushesForEver(gate.clone())).exporter(recorder.clone());
    let basalt = builder.build().unwrap();
    for _ in 0..20 {
        root(&basalt);
        let _ = basalt.flush_blocking(LIMIT / 10);
    }
    gate.wait_for_somebody();
    assert_eq!(gate.waiting(), 1);
    let all = recorder.clone();
    assert_eq!(soon(move || while all.spans().len() < 20 {}), Some(()), "the other destination has all");
    gate.open();
    basalt.shutdown_blocking().unwrap();
}
