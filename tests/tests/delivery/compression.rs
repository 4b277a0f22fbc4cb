//! A batch is compressed once: it waits, lies on disk and is sent as it was packed.

use std::time::Duration;

use basalt_core::{Basalt, Otlp, Protocol};
use basalt_tests::{
    collector::{Act, Collector},
    port::Port,
};

const BOTH: [Protocol; 2] = [Protocol::Grpc, Protocol::HttpProtobuf];
const LIMIT: Duration = Duration::from_secs(30);

fn otlp(address: std::net::SocketAddr, protocol: Protocol, gzip: bool) -> Otlp {
    Otlp::new(format!("http://{address}"))
        .protocol(protocol)
        .gzip(gzip)
        .name("c")
        .timeout(Duration::from_secs(2))
}

fn end(basalt: &Basalt) {
    let root = basalt.start_observe("f", "long").start();
    root.set_input("x".repeat(60_000));
    root.end();
}

#[tokio::test]
async fn a_batch_waits_compressed_where_the_collector_takes_it_so() {
    let nobody = Port::reserve();
    for protocol in BOTH {
        let waiting = [true, false].map(|gzip| {
            let basalt =
                Basalt::builder().destination(otlp(nobody.address(), protocol, gzip)).build().unwrap();
            end(&basalt);
            let _ = basalt.flush_blocking(Duration::from_millis(100));
            basalt.health().destinations[0].waiting_bytes
        });
        assert!(waiting[0] > 0 && waiting[0] < 6_000 && waiting[1] > 60_000, "{waiting:?}");
    }
}

#[tokio::test]
async fn every_attempt_is_compressed_and_arrives_once() {
    for (protocol, act) in BOTH.into_iter().zip([Act::Grpc(14, "busy"), Act::Http(503, "")]) {
        let collector = Collector::start().await;
        collector.script([act.clone(), act]);
        let basalt =
            Basalt::builder().destination(otlp(collector.address(), protocol, true)).build().unwrap();
        end(&basalt);
        basalt.flush(LIMIT).await.unwrap();
        assert_eq!((collector.knocks(), collector.spans().len()), (3, 1));
        assert!(collector.batches()[0].compressed && collector.batches()[0].bytes > 60_000);
    }
}

#[tokio::test]
async fn what_lies_on_disk_reaches_a_collector_that_takes_it_otherwise() {
    for protocol in BOTH {
        for gzip in [true, false] {
            let (nobody, directory) = (Port::reserve(), tempfile::tempdir().unwrap());
            let before = otlp(nobody.address(), protocol, gzip);
            let basalt = Basalt::builder().destination(before).spool(directory.path()).build().unwrap();
            end(&basalt);
            let _ = basalt.shutdown_within(Duration::from_millis(100)).await;
            let collector = Collector::start().await;
            let after = otlp(collector.address(), protocol, !gzip);
            let basalt = Basalt::builder().destination(after).spool(directory.path()).build().unwrap();
            basalt.flush(LIMIT).await.unwrap();
            let batch = &collector.batches()[0];
            assert!(!batch.compressed && batch.bytes > 60_000, "as it lay there, or decompressed");
        }
    }
}
