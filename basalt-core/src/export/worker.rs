//! The loop of the delivery thread.

use std::{mem, sync::Arc, time::Duration};

use opentelemetry_sdk::trace::SpanData;
use tokio::sync::{mpsc, oneshot};

use super::{
    DeliveryError,
    lane::{Lane, Ledger},
    queue::Queue,
    unify::unify,
};

/// What becomes of a command.
pub(super) type Reply = Box<dyn FnOnce(Result<(), DeliveryError>) + Send>;

/// What the thread is asked to do.
pub(super) struct Command {
    /// Whether to stop afterwards.
    pub(super) last: bool,
    pub(super) timeout: Duration,
    pub(super) reply: Reply,
}

/// Takes spans from the queue, in batches, to every lane.
pub(super) struct Worker {
    pub(super) queue: Arc<Queue>,
    pub(super) lanes: Vec<Lane>,
    pub(super) linger: Duration,
    /// Kept for its room.
    pub(super) spare: Vec<SpanData>,
    /// Spans that found the queue full since the last report.
    pub(super) dropped: u64,
}

impl Worker {
    /// Works until the last command, or until nobody can send one any more.
    pub(super) async fn work(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        loop {
            let command = tokio::select! {
                command = commands.recv() => Some(command),
                () = self.queue.ready(self.linger) => None,
            };
            self.distribute();
            match command {
                None => {}
                Some(None) => return,
                Some(Some(Command { last, timeout, reply })) => {
                    let waiting = self.settled(last);
                    let ledgers = self.lanes.iter().map(Lane::ledger).collect();
                    let dropped = mem::take(&mut self.dropped);
                    let answer = async move {
                        let _ = tokio::time::timeout(timeout, waiting).await;
                        reply(report(ledgers, dropped));
                    };
                    if last {
                        return answer.await;
                    }
                    tokio::spawn(answer);
                }
            }
        }
    }

    /// Empties the queue into the lanes.
    fn distribute(&mut self) {
        let dropped = self.queue.swap(&mut self.spare);
        if dropped > 0 && self.dropped == 0 {
            tracing::warn!(target: "basalt", "spans end faster than they are taken: some are dropped and counted");
        }
        self.dropped += dropped;
        let Some((last, others)) = self.lanes.split_last() else { return self.spare.clear() };
        let mut spans = self.spare.drain(..);
        loop {
            let mut batch: Vec<_> = spans.by_ref().take(Queue::BATCH).collect();
            if batch.is_empty() {
                return;
            }
            batch.iter_mut().for_each(unify);
            others.iter().for_each(|lane| lane.send(batch.clone()));
            last.send(batch);
        }
    }

    /// Resolves when every lane has tried all it was sent.
    fn settled(&self, close: bool) -> impl Future<Output = ()> + Send + use<> {
        let marks: Vec<oneshot::Receiver<()>> = self.lanes.iter().map(Lane::mark).collect();
        let closed: Vec<_> = if close { self.lanes.iter().map(Lane::close).collect() } else { Vec::new() };
        async move {
            for mark in marks.into_iter().chain(closed) {
                let _ = mark.await;
            }
        }
    }
}

fn report(ledgers: Vec<Arc<Ledger>>, dropped: u64) -> Result<(), DeliveryError> {
    let mut undelivered = dropped;
    let mut reason = (dropped > 0).then(|| "the queue was full".to_owned());
    for ledger in ledgers {
        let (spans, why) = ledger.take();
        undelivered += spans;
        reason = why.or(reason);
    }
    match reason {
        Some(reason) if undelivered > 0 => Err(DeliveryError { undelivered, reason }),
        _ => Ok(()),
    }
}
