//! No batch is refused for its size.

use std::time::Duration;

use basalt_core::{Basalt, Otlp, Protocol};
use basalt_tests::collector::Collector;

/// What gRPC receivers take by default.
const LIMIT: usize = 4 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_spans_of_fifty_kilobytes_arrive_in_messages_that_a_collector_takes() {
    let collector = Collector::start().await;
    let otlp = Otlp::new(format!("http://{}", collector.address())).protocol(Protocol::Grpc);
    let basalt = Basalt::builder().destination(otlp).build().unwrap();
    let text = "x".repeat(50_000);
    for number in 0..5_000 {
        let root = basalt.start_observe("size", "long").start();
        root.set_input(&text);
        root.end();
        // A queue of 64 MiB holds some 1,300 of them.
        if number % 1_000 == 999 {
            basalt.flush(Duration::from_secs(60)).await.unwrap();
        }
    }
    basalt.shutdown_within(Duration::from_secs(60)).await.unwrap();
    assert!(collector.batches().iter().all(|batch| batch.bytes < LIMIT));
    assert_eq!(collector.spans().len(), 5_000);
    assert_eq!(basalt.health().lost(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_span_that_no_message_can_hold_is_counted_and_the_others_arrive() {
    let collector = Collector::start().await;
    let otlp = Otlp::new(format!("http://{}", collector.address())).protocol(Protocol::Grpc);
    let basalt = Basalt::builder().destination(otlp).max_payload_bytes(8_000_000).build().unwrap();
    for length in [10, 5_000_000, 10] {
        let root = basalt.start_observe("size", "span").start();
        root.set_attribute("text", "x".repeat(length));
        root.end();
    }
    let error = basalt.shutdown().await.unwrap_err();
    assert_eq!(error.undelivered, 1);
    assert!(error.reason.contains("longer than a message"), "{}", error.reason);
    assert_eq!((collector.spans().len(), basalt.health().destinations[0].too_long), (2, 1));
}
