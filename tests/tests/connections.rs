//! WebSockets and event streams that are dropped in any state leave no open span and no memory. A binary of its own,
//! because it counts every byte of the process.

use std::{alloc::System, net::SocketAddr};

use basalt_core::{Basalt, testing::Recorder};
use basalt_tests::{
    client::Client,
    twins::{Twins, WAITING},
    wait,
};
use fastrand::Rng;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const CONNECTIONS: usize = 10_000;

const UPGRADE: &[u8] = b"GET /socket HTTP/1.1\r\nhost: here\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
    sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// Connects, goes so far as chance has it, and drops the connection. Returns how many spans that must leave.
async fn connection(address: SocketAddr, chance: &mut Rng) -> usize {
    let mut client = Client::connect(address).await;
    match chance.u8(..7) {
        0 => {
            client.reset();
            0
        }
        1 => {
            client.send(&UPGRADE[..chance.usize(..UPGRADE.len() - 4)]).await;
            client.reset();
            0
        }
        2 => {
            client.send(UPGRADE).await;
            assert_eq!(client.head().await.unwrap().0, 101);
            client.reset();
            2
        }
        3 => {
            client.send(UPGRADE).await;
            client.head().await.unwrap();
            // A text of two letters, masked by zeros; then half a frame.
            client.send(b"\x81\x82\0\0\0\0hi\x81").await;
            client.reset();
            2
        }
        4 => {
            client.send(UPGRADE).await;
            client.head().await.unwrap();
            drop(client);
            2
        }
        5 => {
            client.send(b"GET /never HTTP/1.1\r\nhost: here\r\n\r\n").await;
            WAITING.notified().await;
            client.reset();
            1
        }
        _ => {
            client.send(b"GET /endless HTTP/1.1\r\nhost: here\r\n\r\n").await;
            client.head().await.unwrap();
            client.chunk().await.unwrap();
            client.reset();
            2
        }
    }
}

/// So many connections to one service, and then none of its spans is open.
async fn connections(
    count: usize,
    address: SocketAddr,
    (basalt, recorder): (&Basalt, &Recorder),
    chance: &mut Rng,
) -> usize {
    let mut all = 0;
    for _ in 0..count / 250 {
        let mut spans = 0;
        for _ in 0..250 {
            spans += connection(address, chance).await;
        }
        assert_eq!(wait::for_spans(basalt, recorder, spans).await.len(), spans);
        recorder.clear();
        all += spans;
    }
    all
}

fn live_bytes() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_connections_dropped_in_any_state_leave_no_span_open_and_no_memory() {
    let twins = Twins::start().await;
    let [tower, actix] = twins.addresses();
    let ends = [
        (tower, (&twins.tower.basalt, &twins.tower.recorder)),
        (actix, (&twins.actix.basalt, &twins.actix.recorder)),
    ];
    let mut chance = Rng::with_seed(11);
    let mut before = 0;
    // The first half also fills the buffers that are kept for reuse.
    for half in 0..2 {
        for (address, telemetry) in ends {
            let spans = connections(CONNECTIONS / 4, address, telemetry, &mut chance).await;
            assert!(spans > CONNECTIONS / 4, "{spans} spans in half {half}");
        }
        if half == 0 {
            before = live_bytes();
        }
    }
    let grown = live_bytes().saturating_sub(before) / (CONNECTIONS / 2);
    assert!(grown < 64, "{grown} bytes are kept of every connection; a leaked exchange is more");
    let rest = twins.stop().await;
    assert_eq!(rest.map(|spans| spans.len()), [0, 0], "nothing ended twice");
}
