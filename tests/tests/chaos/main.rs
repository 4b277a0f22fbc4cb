//! Everything at once, by chance but seeded: threads, handles in any order, collectors that flap, hang, reset and lie,
//! users that panic, shutdowns in the middle. At the end every span was delivered or is counted as lost.
//!
//! `CHAOS_SECONDS` says how long new rounds begin (60), `CHAOS_SEED` where they begin. A failure names the seed of its
//! round.

mod accounts;
mod trouble;
mod work;

use std::{
    env,
    panic::{self, AssertUnwindSafe},
    time::{Duration, Instant},
};

use basalt_core::{Basalt, Otlp, Protocol, Redaction};
use basalt_tests::{port::Port, wait};
use fastrand::Rng;
use futures_util::FutureExt;
use tempfile::TempDir;

use accounts::Accounts;
use trouble::{Manner, Trouble};
use work::Work;

/// Generous: what hangs, hangs for ever.
const LONG: Duration = Duration::from_secs(60);
/// What panics on purpose panics with it.
const ON_PURPOSE: &str = "on purpose";

fn number(variable: &str, default: u64) -> u64 {
    env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn whatever_happens_every_span_is_delivered_or_counted_and_no_thread_is_left() {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let said = info.payload_as_str().unwrap_or_default();
        if !said.contains(ON_PURPOSE) {
            hook(info);
        }
    }));
    let (begun, limit) = (Instant::now(), Duration::from_secs(number("CHAOS_SECONDS", 60)));
    let mut seed = number("CHAOS_SEED", 1);
    while begun.elapsed() < limit {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let result = runtime.block_on(AssertUnwindSafe(round(seed)).catch_unwind());
        assert!(result.is_ok(), "CHAOS_SEED={seed} fails");
        seed += 1;
    }
    println!("{} rounds", seed - number("CHAOS_SEED", 1));
}

/// One program, from its start to its end, and the next one with its spool.
async fn round(seed: u64) {
    let mut chance = Rng::with_seed(seed);
    let (port, directory) = (Port::reserve(), TempDir::new().unwrap());
    let spools = chance.bool();
    // Where connections are cut, the answer to a batch may be lost, and the batch comes twice.
    let cuts = chance.bool();
    let protocol = if chance.bool() { Protocol::Grpc } else { Protocol::HttpProtobuf };
    // An answer that comes later than this is lost too.
    let patience = if cuts { Duration::from_millis(chance.u64(50..400)) } else { LONG };
    let telemetry = |chance: &mut Rng| {
        let otlp = Otlp::new(format!("http://{}", port.address())).protocol(protocol).name("collector");
        let builder = Basalt::builder().destination(otlp.timeout(patience));
        let builder = builder
            .max_queue_spans([16, 300, 65_536][chance.usize(..3)])
            .max_queue_bytes([1 << 20, 64 << 20][chance.usize(..2)])
            .redaction(redaction());
        if spools { builder.spool(directory.path()) } else { builder }.build().unwrap()
    };
    let trouble = Trouble::start(&port, chance.fork(), Manner { protocol, cuts });
    let basalt = telemetry(&mut chance);
    let work = Work::new(&basalt, &mut chance);
    let made = work.run().await;
    let steady = chance.bool();
    if steady {
        trouble.end();
    }
    let limit = if steady { LONG } else { Duration::from_millis(chance.u64(1..300)) };
    let _ = basalt.shutdown_within(limit).await;
    // The limit may have passed before the end, which every call hears.
    let ended = basalt.shutdown_within(LONG).await;
    assert_eq!(basalt.flush(LONG).await, ended);
    assert_eq!(basalt.health().queued, 0, "nothing waits after a shutdown");
    let mut health = vec![basalt.health()];
    drop(basalt);
    trouble.end();
    if spools {
        let next = telemetry(&mut chance);
        let _ = next.flush(LONG).await;
        let _ = next.shutdown_within(LONG).await;
        health.push(next.health());
    }
    Accounts::new(made, &health, trouble.finish().await).check(cuts);
    wait::until("the end of every thread of ours", || async { threads().is_empty().then_some(()) }).await;
}

/// A closure that panics now and then: what it was shown is masked.
fn redaction() -> Redaction {
    let with = |key: &str, _: &str| {
        if key == "panics" {
            panic!("{ON_PURPOSE}");
        }
        None
    };
    Redaction::builder().with(with).build().unwrap()
}

/// Threads of this process that delivery has started, by name.
fn threads() -> Vec<String> {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return Vec::new() };
    let name = |task: std::io::Result<std::fs::DirEntry>| {
        std::fs::read_to_string(task.ok()?.path().join("comm")).ok()
    };
    tasks.filter_map(name).filter(|name| name.starts_with("basalt-")).collect()
}
