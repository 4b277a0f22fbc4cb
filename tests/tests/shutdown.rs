//! The end of a program: everything arrives, or the error says what did not; nothing hangs.

use std::{net::TcpListener, time::Duration};

use basalt_tests::{collector::Collector, observed::recording, port::Port};
use basalt_tower::{Basalt, DeliveryError, Protocol};

fn hundred_roots(basalt: &Basalt) {
    for number in 0..100 {
        basalt.start_observe("jobs", "job").in_scope(|root| root.set_input(number));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shutdown_delivers_everything_from_a_multi_thread_runtime() {
    let collector = Collector::start().await;
    let basalt = collector.builder(Protocol::Grpc).build().unwrap();
    hundred_roots(&basalt);
    basalt.shutdown().await.unwrap();
    assert_eq!(collector.spans().len(), 100);
}

#[tokio::test(flavor = "current_thread")]
async fn shutdown_delivers_everything_from_a_current_thread_runtime() {
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        let collector = Collector::start().await;
        let basalt = collector.builder(protocol).build().unwrap();
        hundred_roots(&basalt);
        basalt.shutdown().await.unwrap();
        assert_eq!(collector.spans().len(), 100);
    }
}

#[test]
fn shutdown_delivers_everything_without_a_runtime() {
    let (basalt, recorder) = recording();
    hundred_roots(&basalt);
    basalt.shutdown_blocking().unwrap();
    assert_eq!(recorder.spans().len(), 100);
}

#[tokio::test]
async fn shutting_down_again_is_fine_and_later_spans_do_nothing() {
    let (basalt, recorder) = recording();
    basalt.start_observe("jobs", "before").in_scope(|_| ());
    let open = basalt.start_observe("jobs", "open at the end").start();
    basalt.shutdown().await.unwrap();
    basalt.shutdown().await.unwrap();
    basalt.flush(Duration::from_secs(1)).await.unwrap();
    basalt.shutdown_blocking().unwrap();

    open.set_input("late");
    open.end();
    let late = basalt.start_observe("jobs", "late").start();
    assert!(!late.is_recording());
    late.child("child").start().set_input("nothing");
    drop(late);
    assert_eq!(recorder.spans().len(), 1);
}

#[tokio::test]
async fn flush_delivers_what_has_ended_and_goes_on() {
    let (basalt, recorder) = recording();
    let open = basalt.start_observe("jobs", "open").start();
    basalt.start_observe("jobs", "first").in_scope(|_| ());
    basalt.flush(Duration::from_secs(10)).await.unwrap();
    assert_eq!(recorder.spans().len(), 1);
    open.end();
    basalt.flush(Duration::from_secs(10)).await.unwrap();
    assert_eq!(recorder.spans().len(), 2);
}

#[tokio::test]
async fn a_collector_that_is_down_is_an_error_that_counts() {
    let port = Port::reserve();
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        let endpoint = format!("http://{}", port.address());
        let basalt = Basalt::builder().endpoint(endpoint).protocol(protocol).build().unwrap();
        hundred_roots(&basalt);
        let DeliveryError { undelivered, reason, .. } = basalt.shutdown().await.unwrap_err();
        assert_eq!(undelivered, 100);
        assert!(!reason.is_empty());
    }
}

#[tokio::test]
async fn a_collector_that_hangs_costs_no_more_than_the_time_given() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let basalt = Basalt::builder().endpoint(endpoint).protocol(Protocol::HttpProtobuf).build().unwrap();
    hundred_roots(&basalt);
    let error = basalt.shutdown_within(Duration::from_millis(50)).await.unwrap_err();
    assert_eq!(error.undelivered, 100);
    assert!(error.to_string().contains("in time"), "{error}");
}

#[tokio::test]
async fn telemetry_that_is_off_shuts_down_at_once() {
    let basalt = Basalt::builder().enabled(false).build().unwrap();
    hundred_roots(&basalt);
    basalt.flush(Duration::ZERO).await.unwrap();
    basalt.shutdown().await.unwrap();
}
