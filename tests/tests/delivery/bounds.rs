//! However small the bounds are: a collector that takes what comes gets everything.

use std::time::Duration;

use basalt_core::{Basalt, Builder, Protocol, testing::Recorder};
use basalt_tests::{collector::Collector, wait};
use tempfile::TempDir;

const LONG: Duration = Duration::from_secs(60);

/// What may wait, and the bytes of each span's input.
#[derive(Debug, Clone, Copy)]
struct Small {
    spans: usize,
    bytes: usize,
    input: usize,
}

/// Ends 600 spans, with a pause whenever half of what may wait does. Nobody flushes: the queue has to wake the delivery
/// thread up by itself, before it is full.
async fn one_after_the_other(basalt: &Basalt, small: Small) {
    for _ in 0..600 {
        let root = basalt.start_observe("f", "root").start();
        root.set_input("y".repeat(small.input));
        root.end();
        let room = || async {
            let queued = usize::try_from(basalt.health().queued).unwrap();
            // A span takes its input and less than 2,000 bytes.
            let room = queued < small.spans.div_ceil(2) && queued * (small.input + 2_000) < small.bytes / 2;
            room.then_some(())
        };
        wait::until("room in the queue", room).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_bounds_lose_nothing_beside_a_collector_that_takes_what_comes() {
    let directory = TempDir::new().unwrap();
    let all =
        [(65_536, 1 << 20, 30_000), (256, 64 << 20, 100), (16, 64 << 20, 100), (65_536, 8 << 20, 30_000)];
    for small in all.map(|(spans, bytes, input)| Small { spans, bytes, input }) {
        for spool in [false, true] {
            let collector = Collector::start().await;
            let builder = collector
                .builder(Protocol::HttpProtobuf)
                .max_queue_spans(small.spans)
                .max_queue_bytes(small.bytes);
            let with_spool = |builder: Builder| builder.spool(directory.path());
            let basalt = if spool { with_spool(builder) } else { builder }.build().unwrap();
            one_after_the_other(&basalt, small).await;
            basalt.shutdown_within(LONG).await.unwrap();
            let arrived = (collector.spans().len(), basalt.health().lost());
            assert_eq!(arrived, (600, 0), "{small:?}, spool: {spool}");
        }
    }
}

#[test]
fn a_queue_of_one_span_wakes_up_the_delivery_thread_for_each() {
    let recorder = Recorder::new();
    let basalt = Basalt::builder().exporter(recorder.clone()).max_queue_spans(1).build().unwrap();
    let begun = std::time::Instant::now();
    for number in 1..=50 {
        basalt.start_observe("f", "root").start().end();
        while recorder.spans().len() < number {
            assert!(begun.elapsed() < LONG, "span {number} waits although the queue is full");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    assert_eq!(basalt.health().lost(), 0);
}
