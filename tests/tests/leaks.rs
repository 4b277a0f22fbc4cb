//! Nothing is left behind. A binary of its own, because it counts every byte of the process.

use std::{
    alloc::System,
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, routing::get};
use basalt_tests::{
    endless::{endless, leave_mid_stream},
    observed::attribute,
    server::Server,
    wait,
};
use basalt_tower::{Basalt, BasaltLayer, opentelemetry::trace::SpanId};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{SpanData, SpanExporter},
};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Counts spans and keeps only their ids.
#[derive(Debug, Clone, Default)]
struct Counter {
    ended: Arc<AtomicUsize>,
    disconnected: Arc<AtomicUsize>,
    ids: Arc<Mutex<HashSet<SpanId>>>,
}

impl SpanExporter for Counter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        for span in batch {
            self.ended.fetch_add(1, Ordering::SeqCst);
            self.ids.lock().unwrap().insert(span.span_context.span_id());
            if attribute(&span, "basalt.http.outcome").as_deref() == Some("client_disconnected") {
                self.disconnected.fetch_add(1, Ordering::SeqCst);
            }
        }
        Ok(())
    }
}

async fn leave_one_after_the_other(server: &Server, basalt: &Basalt, counter: &Counter, clients: usize) {
    let mut spans = counter.ended.load(Ordering::SeqCst);
    for client in 1..=clients {
        leave_mid_stream(server).await;
        spans += 2;
        if client % 100 == 0 {
            flushed(basalt, counter, spans).await;
        }
    }
}

async fn flushed(basalt: &Basalt, counter: &Counter, spans: usize) {
    wait::until(format!("{spans} spans"), || async {
        basalt.flush(Duration::from_secs(10)).await.unwrap();
        (counter.ended.load(Ordering::SeqCst) >= spans).then_some(())
    })
    .await;
}

fn live_bytes() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_leave_mid_stream_by_the_thousand_leave_ended_spans_and_no_memory() {
    const CLIENTS: usize = 1_000;
    const ROUNDS: usize = 4;
    let counter = Counter::default();
    counter.ids.lock().unwrap().reserve(2 * ROUNDS * CLIENTS);
    let basalt = Basalt::builder().exporter(counter.clone()).build().unwrap();
    let router = Router::new().route("/endless", get(endless)).layer(BasaltLayer::new(&basalt, "web"));
    let server = Server::start(router).await;

    // The first thousand also fill the buffers that are kept for reuse.
    leave_one_after_the_other(&server, &basalt, &counter, CLIENTS).await;
    let before = live_bytes();
    leave_one_after_the_other(&server, &basalt, &counter, (ROUNDS - 1) * CLIENTS).await;
    let grown = live_bytes().saturating_sub(before) / ((ROUNDS - 1) * CLIENTS);
    assert!(grown < 64, "{grown} bytes are kept of every client; a leaked exchange is more");

    basalt.shutdown().await.unwrap();
    let spans = 2 * ROUNDS * CLIENTS;
    assert_eq!(counter.ended.load(Ordering::SeqCst), spans, "every span ended");
    assert_eq!(counter.ids.lock().unwrap().len(), spans, "and none of them twice");
    assert_eq!(counter.disconnected.load(Ordering::SeqCst), ROUNDS * CLIENTS);
}
