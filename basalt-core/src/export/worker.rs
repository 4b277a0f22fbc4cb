//! The loop of the delivery thread.

use std::{
    borrow::Cow,
    mem,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use opentelemetry_sdk::trace::SpanData;
use tokio::sync::mpsc;

use super::{
    DeliveryError, Redaction,
    answer::{Heard, Responder},
    ending::Ending,
    exporter,
    lane::Lane,
    occupancy::BATCH,
    outbox::Outbox,
    queue::{Finished, Queue, Spare},
    report::Reporter,
};
use crate::foreign;

/// How long spans are written before the destinations get their turn.
const TURN: Duration = Duration::from_millis(5);
/// How often spans are taken that end while delivery shuts down.
const ROUNDS: usize = 8;
/// How long exporters may take to shut down if nobody waits.
const CLOSING: Duration = Duration::from_secs(5);

/// What the thread is asked to do: deliver all that has ended.
pub(super) struct Command {
    /// Whether to stop afterwards.
    pub(super) last: bool,
    /// When the caller stops waiting; `None` for never.
    pub(super) deadline: Option<Instant>,
    pub(super) responder: Responder,
}

/// Takes spans from the queue, in batches, to every lane.
pub(super) struct Worker<F: Finished> {
    queue: Arc<Queue<F>>,
    writer: F::Writer,
    lanes: Vec<Lane>,
    redaction: Redaction,
    linger: Duration,
    ending: Arc<Ending>,
    pub(super) reporter: Arc<Reporter<F>>,
    /// Kept for their room.
    spare: Spare<F>,
    taken: Vec<F>,
    /// Spans that had found the queue full by the last time they were taken.
    seen: u64,
    overflowing: bool,
}

impl<F: Finished> Worker<F> {
    pub(super) fn new(
        queue: Arc<Queue<F>>,
        writer: F::Writer,
        lanes: Vec<Lane>,
        redaction: Redaction,
        linger: Duration,
        ending: Arc<Ending>,
        reporter: Arc<Reporter<F>>,
    ) -> Self {
        let (spare, taken) = (Spare::default(), Vec::new());
        Self {
            queue,
            writer,
            lanes,
            redaction,
            linger,
            ending,
            reporter,
            spare,
            taken,
            seen: 0,
            overflowing: false,
        }
    }

    /// Works until the last command, or until nobody can send one any more.
    pub(super) async fn work(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        loop {
            let command = tokio::select! {
                command = commands.recv() => Some(command),
                () = self.queue.ready(self.linger) => None,
            };
            self.distribute().await;
            match command {
                None => {}
                Some(None) => return self.forgotten().await,
                Some(Some(command)) if command.last => return self.finish(command, commands).await,
                Some(Some(command)) => self.flush(command),
            }
        }
    }

    /// Empties the queue into the lanes, unless the time for it is up. They run on the same thread, and get their turn
    /// after every batch, and after spans that take long.
    async fn distribute(&mut self) {
        let mut taken = mem::take(&mut self.taken);
        let bytes = self.queue.take(&mut self.spare, &mut taken);
        self.tell_of_overflow();
        let mut room = Room { spans: taken.len(), bytes };
        let mut spans = taken.drain(..);
        let (mut put, mut turn) = (0, Instant::now());
        while let Some(span) = spans.next() {
            if self.ending.is_closed() {
                drop(span);
                self.abandon(1 + spans.len());
                break;
            }
            self.put(span);
            put += 1;
            if put == BATCH {
                self.send();
                room.release(&self.queue, mem::take(&mut put));
            }
            if put == 0 || turn.elapsed() >= TURN {
                tokio::task::yield_now().await;
                turn = Instant::now();
            }
        }
        drop(spans);
        self.taken = taken;
        self.send();
        let rest = room.spans;
        room.release(&self.queue, rest);
        tokio::task::yield_now().await;
    }

    /// Span by span, all the way: while it is at hand.
    fn put(&mut self, span: F) {
        let Some(span) = self.written(span) else { return };
        let Some((last, others)) = self.lanes.split_last_mut() else { return };
        others.iter_mut().for_each(|lane| lane.put(Cow::Borrowed(&span)));
        last.put(Cow::Owned(span));
    }

    /// The span as it is sent; none if it cannot be written, which is counted.
    fn written(&mut self, span: F) -> Option<SpanData> {
        let write = || {
            let mut span = span.write(&self.writer);
            self.redaction.span(&mut span);
            span
        };
        let written = foreign::caught(write);
        if written.is_none() {
            self.queue.losses().unwritten.fetch_add(1, Ordering::Relaxed);
        }
        written
    }

    fn send(&mut self) {
        self.lanes.iter_mut().for_each(Lane::send);
    }

    fn abandon(&self, spans: usize) {
        self.lanes.iter().for_each(|lane| lane.outbox.abandon(spans as u64));
    }

    /// One line when spans begin to be dropped.
    fn tell_of_overflow(&mut self) {
        let dropped = self.queue.losses().full.load(Ordering::Relaxed);
        let overflowing = dropped > mem::replace(&mut self.seen, dropped);
        if overflowing && !self.overflowing {
            let warn = || {
                tracing::warn!(target: "basalt", "spans end faster than they are taken: some are dropped and counted");
            };
            foreign::caught(warn);
        }
        self.overflowing = overflowing;
    }

    /// Answers when every lane has delivered what it was sent so far, or when the time is up.
    fn flush(&self, Command { deadline, responder, .. }: Command) {
        let sent = self.sent();
        let exporters: Vec<_> = self.lanes.iter().filter_map(Lane::exporter).collect();
        tokio::spawn(async move {
            let flushed = within(deadline, async {
                settled(&sent).await;
                exporter::flush(exporters).await
            });
            tokio::select! {
                flushed = flushed => responder.give(flushed.map_or(Heard::Late, Heard::Settled)),
                () = responder.abandoned() => {}
            }
        });
    }

    /// Delivers what has ended, and what ends meanwhile, then closes. Everybody who waits hears the same.
    async fn finish(mut self, last: Command, mut commands: mpsc::UnboundedReceiver<Command>) {
        self.lanes.iter().for_each(|lane| lane.outbox.shelve_unreachable());
        for _ in 0..ROUNDS {
            let _ = self.ending.within(settled(&self.sent())).await;
            if self.queue.waiting() == 0 || self.ending.is_over() {
                break;
            }
            self.distribute().await;
        }
        self.queue.close();
        self.distribute().await;
        let _ = self.ending.within(settled(&self.sent())).await;
        let failed = self.close(self.ending.limit().map(|limit| limit.closing)).await;
        self.ending.conclude(self.reporter.unsettled(self.ending.told(), failed));
        commands.close();
        last.responder.give(Heard::Settled(None));
        while let Ok(late) = commands.try_recv() {
            late.responder.give(Heard::Settled(None));
        }
    }

    /// Nobody has shut delivery down: what could not be delivered by now never will be.
    async fn forgotten(mut self) {
        self.queue.close();
        self.distribute().await;
        let failed = self.close(Instant::now().checked_add(CLOSING)).await;
        let result = self.reporter.unsettled(self.reporter.told(), failed);
        if let Err(DeliveryError { undelivered, reason }) = &result {
            foreign::caught(|| {
                tracing::warn!(
                    target: "basalt",
                    undelivered,
                    reason,
                    "the last handle is gone and spans were not delivered: call `shutdown` before `main` ends"
                );
            });
        }
        self.ending.conclude(result);
    }

    /// Closes every lane, whatever the others do; says which exporter failed at it.
    async fn close(&self, deadline: Option<Instant>) -> Option<String> {
        self.lanes.iter().for_each(|lane| lane.outbox.close());
        let exporters = self.lanes.iter().filter_map(Lane::exporter).collect();
        let closed = within(deadline, exporter::shut_down(exporters)).await;
        closed.unwrap_or_else(|| Some("an exporter did not shut down in time".to_owned()))
    }

    /// Each lane's outbox, and the number that its next parcel will have.
    fn sent(&self) -> Vec<(Arc<Outbox>, u64)> {
        let sent = |lane: &Lane| (Arc::clone(&lane.outbox), lane.outbox.next_number());
        self.lanes.iter().map(sent).collect()
    }
}

/// The room in the queue of spans that were taken.
struct Room {
    spans: usize,
    bytes: usize,
}

impl Room {
    /// Gives back the room of so many of them. A span's own weight is not known any more: each is an average one.
    fn release<F: Finished>(&mut self, queue: &Queue<F>, spans: usize) {
        let bytes = if spans >= self.spans { self.bytes } else { self.bytes / self.spans * spans };
        queue.release(spans, bytes);
        self.spans -= spans;
        self.bytes -= bytes;
    }
}

/// Resolves when all that came before these numbers has left.
async fn settled(sent: &[(Arc<Outbox>, u64)]) {
    for (outbox, _) in sent {
        outbox.hurry();
    }
    for (outbox, before) in sent {
        outbox.settled(*before).await;
    }
}

/// None if the deadline has passed.
async fn within<T>(deadline: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    match deadline {
        Some(deadline) => tokio::time::timeout_at(deadline.into(), work).await.ok(),
        None => Some(work.await),
    }
}
