//! A collector that is away for a while costs nothing.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use basalt_core::{Basalt, Otlp, Protocol};
use basalt_tests::{collector::Collector, port::Port, wait};

const BOUND: usize = 64 * 1024 * 1024;

/// Ends so many spans a second for so long.
async fn busy(basalt: &Basalt, spans_per_second: usize, seconds: usize, most: &mut usize) -> usize {
    let (begun, mut ended) = (Instant::now(), 0);
    let mut ticks = tokio::time::interval(Duration::from_millis(50));
    while begun.elapsed() < Duration::from_secs(seconds as u64) {
        ticks.tick().await;
        for _ in 0..spans_per_second / 20 {
            let root = basalt.start_observe("outage", "work").start();
            root.set_input("a question of some length, as questions are");
            root.end();
            ended += 1;
        }
        *most = (*most).max(basalt.health().destinations[0].waiting_bytes);
    }
    ended
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_minute_without_a_collector_loses_no_span_and_doubles_none() {
    let port = Port::reserve();
    let otlp = Otlp::new(format!("http://{}", port.address())).protocol(Protocol::Grpc);
    let basalt = Basalt::builder().destination(otlp).build().unwrap();
    let mut most = 0;
    let mut ended = busy(&basalt, 2_000, 60, &mut most).await;

    let collector = Collector::listen(&port);
    ended += busy(&basalt, 2_000, 1, &mut most).await;
    basalt.shutdown_within(Duration::from_secs(60)).await.unwrap();
    let ids: HashSet<_> = collector.spans().into_iter().map(|span| span.span_id).collect();
    assert!(ended > 60_000, "{ended} spans ended");
    assert_eq!((ids.len(), collector.spans().len()), (ended, ended), "every span, and none twice");
    assert!(most > 1_000_000 && most < BOUND, "{most} bytes waited");
    assert_eq!(basalt.health().lost(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beyond_the_bound_the_oldest_are_dropped_and_counted() {
    let port = Port::reserve();
    let builder = Basalt::builder().destination(Otlp::new(format!("http://{}", port.address())));
    let basalt = builder.max_queue_bytes(1024 * 1024).build().unwrap();
    for number in 0..100 {
        let root = basalt.start_observe("outage", format!("span {number}")).start();
        root.set_input("x".repeat(30_000));
        root.end();
        wait::until_written(&basalt).await;
    }
    basalt.flush(Duration::ZERO).await.expect_err("it tells what was lost so far");
    let health = basalt.health();
    assert!(health.destinations[0].waiting_bytes <= 1024 * 1024);
    assert!(health.lost() > 50, "{health:?}");

    let collector = Collector::listen(&port);
    basalt.shutdown_within(Duration::from_secs(60)).await.unwrap();
    let health = basalt.health();
    let sent = collector.spans();
    assert_eq!(sent.len() as u64, health.destinations[0].sent);
    assert_eq!(sent.len() as u64 + health.lost(), 100, "sent or counted");
    assert_eq!(sent.last().unwrap().name, "span 99", "the latest are kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_restarts_is_found_again() {
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        let port = Port::reserve();
        let collector = Collector::listen(&port);
        let otlp = Otlp::new(format!("http://{}", port.address())).protocol(protocol);
        let basalt = Basalt::builder().destination(otlp).build().unwrap();
        basalt.start_observe("outage", "before").start().end();
        basalt.flush(Duration::from_secs(10)).await.unwrap();
        collector.stop().await;

        basalt.start_observe("outage", "during").start().end();
        assert_eq!(basalt.flush(Duration::from_millis(300)).await.unwrap_err().undelivered, 1);
        let collector = Collector::listen(&port);
        basalt.flush(Duration::from_secs(30)).await.unwrap();
        let names: Vec<_> = collector.spans().into_iter().map(|span| span.name).collect();
        assert_eq!(names, ["during"]);
    }
}
