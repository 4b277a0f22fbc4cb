//! Whoever flushes and shuts down, from wherever: never past the timeout, and the truth.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use basalt_core::{Basalt, Otlp};
use basalt_tests::{
    collector::{Act, Collector},
    port::Port,
};

const TIMEOUT: Duration = Duration::from_secs(2);
/// Generous: what hangs, hangs for ever.
const LONGEST: Duration = Duration::from_secs(20);

fn telemetry(address: SocketAddr) -> Basalt {
    let otlp = Otlp::new(format!("http://{address}")).timeout(Duration::from_secs(60));
    let basalt = Basalt::builder().destination(otlp).build().unwrap();
    basalt.start_observe("f", "span").start().end();
    basalt
}

/// Shuts down when it is dropped, as guards do.
struct Guard(Basalt, std::sync::mpsc::Sender<bool>);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.1.send(self.0.flush_blocking(TIMEOUT).is_ok());
    }
}

/// Every way to flush, and what each says.
fn everywhere(address: SocketAddr) -> Vec<(&'static str, bool)> {
    let begun = Instant::now();
    let mut said = Vec::new();
    let multi = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let single = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for (name, runtime) in [("multi-thread", &multi), ("current-thread", &single)] {
        let basalt = telemetry(address);
        said.push((name, runtime.block_on(basalt.flush(TIMEOUT)).is_ok()));
        let basalt = telemetry(address);
        said.push((name, runtime.block_on(async { basalt.flush_blocking(TIMEOUT).is_ok() })));
        let basalt = telemetry(address);
        said.push((name, runtime.block_on(basalt.shutdown_within(TIMEOUT)).is_ok()));
    }
    let actix = actix_web::rt::System::new();
    said.push(("actix", actix.block_on(async { telemetry(address).flush(TIMEOUT).await.is_ok() })));
    said.push((
        "actix, blocking",
        actix.block_on(async { telemetry(address).flush_blocking(TIMEOUT).is_ok() }),
    ));
    said.push(("no runtime", telemetry(address).flush_blocking(TIMEOUT).is_ok()));
    let (sender, receiver) = std::sync::mpsc::channel();
    drop(Guard(telemetry(address), sender));
    said.push(("a drop", receiver.recv().unwrap()));
    assert!(begun.elapsed() < LONGEST * 2, "{:?}", begun.elapsed());
    said
}

async fn elsewhere(address: SocketAddr) -> Vec<(&'static str, bool)> {
    tokio::task::spawn_blocking(move || thread::spawn(move || everywhere(address)).join().unwrap())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_collector_up_everybody_hears_yes() {
    let collector = Collector::start().await;
    let said = elsewhere(collector.address()).await;
    assert!(said.iter().all(|(_, delivered)| *delivered), "{said:?}");
    assert_eq!(collector.spans().len(), said.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_collector_down_everybody_hears_no_in_time() {
    let port = Port::reserve();
    let said = elsewhere(port.address()).await;
    assert!(said.iter().all(|(_, delivered)| !delivered), "{said:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_collector_hanging_everybody_hears_no_in_time() {
    let collector = Collector::start().await;
    collector.script(vec![Act::Hang; 1_000]);
    let said = elsewhere(collector.address()).await;
    assert!(said.iter().all(|(_, delivered)| !delivered), "{said:?}");
}

#[tokio::test]
async fn every_later_call_hears_what_the_first_shutdown_heard() {
    let port = Port::reserve();
    let basalt = telemetry(port.address());
    let error = basalt.shutdown_within(Duration::from_millis(200)).await.unwrap_err();
    assert_eq!(error.undelivered, 1);
    assert_eq!(basalt.shutdown().await.unwrap_err(), error);
    assert_eq!(basalt.shutdown_blocking().unwrap_err(), error);
    assert_eq!(basalt.flush(TIMEOUT).await.unwrap_err(), error);
    assert_eq!(basalt.health().destinations[0].abandoned, 1);
}
