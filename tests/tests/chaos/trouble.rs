//! A collector that goes away, comes back, hangs, refuses and lies.

use std::{
    mem,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use basalt_core::Protocol;
use basalt_tests::{
    collector::{Act, Collector, proto::Span},
    port::Port,
};
use fastrand::Rng;
use tokio::{sync::Notify, task::JoinHandle};

/// How a collector behaves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// What it is spoken to in.
    pub(super) protocol: Protocol,
    /// Whether connections are cut in the middle of an answer.
    pub(super) cuts: bool,
}

pub(super) struct Trouble {
    over: Arc<Over>,
    /// Ends with all that has arrived.
    making: JoinHandle<Vec<Span>>,
    finished: Arc<Notify>,
}

#[derive(Default)]
struct Over {
    said: AtomicBool,
    heard: Notify,
}

impl Trouble {
    pub(super) fn start(port: &Port, chance: Rng, manner: Manner) -> Self {
        let (over, finished) = (Arc::<Over>::default(), Arc::<Notify>::default());
        let steady = Collector::listen(port);
        let making = tokio::spawn(make(
            steady,
            port.address(),
            chance,
            manner,
            Arc::clone(&over),
            Arc::clone(&finished),
        ));
        Self { over, making, finished }
    }

    /// From here on the collector takes what comes.
    pub(super) fn end(&self) {
        self.over.said.store(true, Ordering::SeqCst);
        self.over.heard.notify_one();
    }

    /// All that has arrived, in order.
    pub(super) async fn finish(self) -> Vec<Span> {
        self.finished.notify_one();
        self.making.await.unwrap()
    }
}

async fn make(
    mut collector: Collector,
    address: SocketAddr,
    mut chance: Rng,
    manner: Manner,
    over: Arc<Over>,
    finished: Arc<Notify>,
) -> Vec<Span> {
    let mut closed = Vec::new();
    while !over.said.load(Ordering::SeqCst) {
        collector.script((0..chance.usize(..4)).map(|_| act(&mut chance, manner)).collect::<Vec<_>>());
        pause(&over, &mut chance).await;
        if manner.cuts && chance.bool() {
            collector.close().await;
            pause(&over, &mut chance).await;
            closed.push(mem::replace(&mut collector, Collector::listen_at(address)));
        }
    }
    collector.forget_script();
    finished.notified().await;
    closed.push(collector);
    closed.iter().flat_map(Collector::spans).collect()
}

async fn pause(over: &Over, chance: &mut Rng) {
    let pause = Duration::from_millis(chance.u64(1..60));
    let _ = tokio::time::timeout(pause, over.heard.notified()).await;
}

/// None of these is a lie about what was taken, but where connections are cut.
fn act(chance: &mut Rng, Manner { protocol, cuts }: Manner) -> Act {
    match (chance.u8(..if cuts { 10 } else { 7 }), protocol) {
        (0 | 1, _) => Act::Http(503, ""),
        (2, _) => Act::Http(429, "0"),
        (3, _) => Act::Http(400, ""),
        (4, _) => Act::Page,
        (5, Protocol::Grpc) => Act::Grpc(14, "busy"),
        (6, Protocol::Grpc) => Act::Exhausted(Duration::from_millis(5)),
        (5 | 6, _) => Act::Take,
        (7, _) => Act::Hang,
        (8, _) => Act::Break,
        (_, _) => Act::TakeAndBreak,
    }
}
