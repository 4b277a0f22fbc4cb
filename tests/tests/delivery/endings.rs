//! The end of delivery: what ends meanwhile is taken or counted, and everybody hears the same.

use std::{sync::mpsc, thread, time::Duration};

use basalt_core::{Basalt, Protocol, testing::Recorder};
use basalt_tests::{
    collector::{Act, Collector},
    gate::Gate,
    port::Port,
};
use opentelemetry_sdk::{
    error::{OTelSdkError, OTelSdkResult},
    trace::{SpanData, SpanExporter},
};
use tempfile::TempDir;

const LONG: Duration = Duration::from_secs(60);

/// Waits at a gate before it takes a batch.
#[derive(Debug, Clone)]
struct Waits {
    gate: Gate,
    recorder: Recorder,
}

impl SpanExporter for Waits {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.gate.pass();
        self.recorder.export(batch).await
    }
}

fn waiting() -> (Basalt, Waits) {
    let exporter = Waits { gate: Gate::closed(), recorder: Recorder::new() };
    (Basalt::builder().exporter(exporter.clone()).build().unwrap(), exporter)
}

#[test]
fn a_span_that_ends_during_shutdown_is_delivered_too() {
    let (basalt, exporter) = waiting();
    let early = basalt.start_observe("f", "early").start();
    let late = basalt.start_observe("f", "late").start();
    early.end();
    let stopping = basalt.clone();
    let stopping = thread::spawn(move || stopping.shutdown_blocking_within(LONG));
    exporter.gate.wait_for_somebody();
    late.end();
    exporter.gate.open();
    stopping.join().unwrap().unwrap();
    let names: Vec<_> = exporter.recorder.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["early", "late"]);
    assert_eq!(basalt.health().lost(), 0);
}

#[test]
fn a_span_that_ends_after_the_shutdown_is_counted() {
    let basalt = Basalt::builder().exporter(Recorder::new()).build().unwrap();
    let late = basalt.start_observe("f", "late").start();
    let step = late.child("step").start();
    basalt.shutdown_blocking().unwrap();
    step.end();
    late.end();
    assert_eq!((basalt.health().late, basalt.health().lost()), (2, 2));
    basalt.shutdown_blocking().unwrap();
}

#[test]
fn everybody_who_shuts_down_waits_for_the_same_end() {
    let (basalt, exporter) = waiting();
    (0..3_000).for_each(|_| basalt.start_observe("f", "root").start().end());
    let (sender, results) = mpsc::channel();
    for number in 0..4 {
        let (basalt, sender) = (basalt.clone(), sender.clone());
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            sender.send(match number {
                0 => basalt.shutdown_blocking_within(LONG),
                1 => basalt.flush_blocking(LONG),
                2 => runtime.block_on(basalt.shutdown_within(LONG)),
                _ => runtime.block_on(basalt.flush(LONG)),
            })
        });
    }
    exporter.gate.wait_for_somebody();
    assert!(results.recv_timeout(Duration::from_millis(100)).is_err(), "nobody is told before the end");
    exporter.gate.open();
    for _ in 0..4 {
        assert_eq!(results.recv_timeout(LONG), Ok(Ok(())));
    }
    assert_eq!(exporter.recorder.spans().len(), 3_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_of_two_shutdowns_is_as_true_as_the_first() {
    let collector = Collector::start().await;
    collector.script([Act::Http(503, "1")]);
    let basalt = collector.builder(Protocol::HttpProtobuf).build().unwrap();
    for number in 0..3_000 {
        let root = basalt.start_observe("f", format!("root {number}")).start();
        root.set_input("z".repeat(3_000));
        root.end();
    }
    let signal = basalt.clone();
    let signal = tokio::spawn(async move { signal.shutdown_within(LONG).await });
    basalt.shutdown_within(LONG).await.unwrap();
    assert_eq!(collector.spans().len(), 3_000, "the program may end now");
    signal.await.unwrap().unwrap();
}

#[test]
fn a_flush_waits_for_what_had_ended_and_not_for_what_ends_later() {
    let (basalt, exporter) = waiting();
    basalt.start_observe("f", "first").start().end();
    let flushing = basalt.clone();
    let flushing = thread::spawn(move || flushing.flush_blocking(LONG));
    exporter.gate.wait_for_somebody();
    let (stop, stopped) = mpsc::channel::<()>();
    let busy = basalt.clone();
    let busy = thread::spawn(move || {
        while stopped.try_recv() == Err(mpsc::TryRecvError::Empty) {
            busy.start_observe("f", "later").start().end();
            thread::sleep(Duration::from_millis(1));
        }
    });
    exporter.gate.open();
    flushing.join().unwrap().unwrap();
    drop(stop);
    busy.join().unwrap();
}

/// Waits at a gate, then fails.
#[derive(Debug, Clone)]
struct Fails(Gate);

impl SpanExporter for Fails {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        self.0.pass();
        Err(OTelSdkError::InternalFailure("no".to_owned()))
    }
}

#[test]
fn everybody_who_waits_for_a_span_hears_that_it_is_lost() {
    let gate = Gate::closed();
    let basalt = Basalt::builder().exporter(Fails(gate.clone())).build().unwrap();
    basalt.start_observe("f", "root").start().end();
    let (sender, results) = mpsc::channel();
    for number in 0..4 {
        let (basalt, sender) = (basalt.clone(), sender.clone());
        thread::spawn(move || {
            sender.send(match number {
                0 => basalt.shutdown_blocking_within(LONG),
                _ => basalt.flush_blocking(LONG),
            })
        });
    }
    gate.wait_for_somebody();
    // All of them have asked before the gate opens, or hear what the shutdown has heard.
    thread::sleep(Duration::from_millis(50));
    gate.open();
    for _ in 0..4 {
        assert_eq!(results.recv_timeout(LONG).unwrap().unwrap_err().undelivered, 1);
    }
    assert_eq!(basalt.shutdown_blocking().unwrap_err().undelivered, 1);
}

#[test]
fn a_flush_tells_what_was_lost_since_the_last_one() {
    let gate = Gate::closed();
    gate.open();
    let basalt = Basalt::builder().exporter(Fails(gate)).build().unwrap();
    for count in 1..4 {
        (0..count).for_each(|_| basalt.start_observe("f", "root").start().end());
        assert_eq!(basalt.flush_blocking(LONG).unwrap_err().undelivered, count);
        basalt.flush_blocking(LONG).unwrap();
    }
    basalt.shutdown_blocking().unwrap();
    assert_eq!(basalt.health().lost(), 6);
}

#[tokio::test]
async fn the_earliest_limit_of_several_shutdowns_counts() {
    let port = Port::reserve();
    let basalt = Basalt::builder().endpoint(format!("http://{}", port.address())).build().unwrap();
    basalt.start_observe("f", "root").start().end();
    let endless = basalt.clone();
    let endless = tokio::spawn(async move { endless.shutdown_within(Duration::MAX).await });
    let error = basalt.shutdown_within(Duration::from_millis(300)).await.unwrap_err();
    assert_eq!(error.undelivered, 1);
    assert_eq!(tokio::time::timeout(LONG, endless).await.unwrap().unwrap().unwrap_err().undelivered, 1);
    assert_eq!((basalt.health().destinations[0].waiting, basalt.health().lost()), (0, 1));
}

#[tokio::test]
async fn dropping_the_last_handle_ends_a_shutdown_that_nobody_waits_for() {
    let (port, directory) = (Port::reserve(), TempDir::new().unwrap());
    let builder = Basalt::builder().endpoint(format!("http://{}", port.address()));
    let basalt = builder.spool(directory.path()).build().unwrap();
    basalt.start_observe("f", "root").start().end();
    let mut endless = Box::pin(basalt.shutdown_within(Duration::MAX));
    assert!(futures_util::poll!(endless.as_mut()).is_pending());
    drop(endless);
    drop(basalt);
    let next = Basalt::builder().endpoint(format!("http://{}", port.address()));
    let next = next.spool(directory.path()).build().unwrap();
    assert_eq!(next.health().destinations[0].spooled, 1, "it was on disk when the drop returned");
}
