//! The loop of the delivery thread.

use std::{borrow::Cow, mem, sync::Arc, time::Duration};

use tokio::sync::mpsc;

use super::{
    DeliveryError, Redaction,
    lane::Lane,
    outbox::Outbox,
    queue::{BATCH, Finished, Queue, Spare},
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
pub(super) struct Worker<F: Finished> {
    pub(super) queue: Arc<Queue<F>>,
    pub(super) writer: F::Writer,
    pub(super) lanes: Vec<Lane>,
    pub(super) redaction: Redaction,
    pub(super) linger: Duration,
    /// Kept for their room.
    pub(super) spare: Spare<F>,
    pub(super) taken: Vec<F>,
    /// Spans that had found the queue full by the last report.
    pub(super) reported: u64,
    /// And by the last time they were taken.
    pub(super) seen: u64,
    pub(super) overflowing: bool,
}

impl<F: Finished> Worker<F> {
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
                Some(None) => return self.forgotten(),
                Some(Some(command)) if command.last => {
                    commands.close();
                    self.queue.close();
                    self.finish(command).await;
                    // They came too late: everything has been told to whoever was last.
                    while let Ok(late) = commands.try_recv() {
                        (late.reply)(Ok(()));
                    }
                    return;
                }
                Some(Some(command)) => self.flush(command),
            }
        }
    }

    /// Empties the queue into the lanes. They run on the same thread, and get their turn after every batch.
    async fn distribute(&mut self) {
        let mut taken = mem::take(&mut self.taken);
        self.queue.take(&mut self.spare, &mut taken);
        self.tell_of_overflow();
        let mut spans = taken.drain(..);
        while spans.len() > 0 {
            spans.by_ref().take(BATCH).for_each(|span| self.put(span));
            self.lanes.iter_mut().for_each(Lane::send);
            tokio::task::yield_now().await;
        }
        drop(spans);
        self.taken = taken;
    }

    /// Span by span, all the way: while it is at hand.
    fn put(&mut self, span: F) {
        let mut span = span.write(&self.writer);
        self.redaction.span(&mut span);
        let Some((last, others)) = self.lanes.split_last_mut() else { return };
        others.iter_mut().for_each(|lane| lane.put(Cow::Borrowed(&span)));
        last.put(Cow::Owned(span));
    }

    /// One line when spans begin to be dropped.
    fn tell_of_overflow(&mut self) {
        let dropped = self.queue.dropped();
        let overflowing = dropped > mem::replace(&mut self.seen, dropped);
        if overflowing && !self.overflowing {
            tracing::warn!(target: "basalt", "spans end faster than they are taken: some are dropped and counted");
        }
        self.overflowing = overflowing;
    }

    /// Answers when every lane has delivered all it was sent, or when the time is up.
    fn flush(&mut self, Command { timeout, reply, .. }: Command) {
        let outboxes = self.outboxes();
        let dropped = self.newly_dropped();
        tokio::spawn(async move {
            let _ = tokio::time::timeout(timeout, settled(&outboxes)).await;
            reply(report(&outboxes, dropped));
        });
    }

    /// The same, and then closes.
    async fn finish(mut self, Command { timeout, reply, .. }: Command) {
        let outboxes = self.outboxes();
        let _ = tokio::time::timeout(timeout, settled(&outboxes)).await;
        self.lanes.iter().for_each(Lane::close);
        let dropped = self.newly_dropped();
        reply(report(&outboxes, dropped));
    }

    /// Nobody has shut delivery down: what could not be delivered by now never will be.
    fn forgotten(mut self) {
        self.queue.close();
        self.lanes.iter().for_each(Lane::close);
        let outboxes = self.outboxes();
        if let Err(DeliveryError { undelivered, reason }) = report(&outboxes, self.newly_dropped()) {
            tracing::warn!(
                target: "basalt",
                undelivered,
                reason,
                "the last handle is gone and spans were not delivered: call `shutdown` before `main` ends"
            );
        }
    }

    pub(super) fn outboxes(&self) -> Vec<Arc<Outbox>> {
        self.lanes.iter().map(|lane| Arc::clone(&lane.outbox)).collect()
    }

    fn newly_dropped(&mut self) -> u64 {
        let dropped = self.queue.dropped();
        mem::replace(&mut self.reported, dropped).abs_diff(dropped)
    }
}

async fn settled(outboxes: &[Arc<Outbox>]) {
    for outbox in outboxes {
        outbox.hurry();
    }
    for outbox in outboxes {
        outbox.settled().await;
    }
}

fn report(outboxes: &[Arc<Outbox>], dropped: u64) -> Result<(), DeliveryError> {
    let (mut undelivered, mut kept) = (dropped, 0_u64);
    let mut reason = (dropped > 0).then(|| "the queue was full".to_owned());
    for report in outboxes.iter().map(|outbox| outbox.report()) {
        undelivered = undelivered.saturating_add(report.undelivered);
        kept = kept.saturating_add(report.kept);
        reason = report.reason.or(reason);
    }
    let Some(mut reason) = reason else { return Ok(()) };
    if kept > 0 {
        reason = format!("{reason}; {kept} spans were kept on disk and will be sent by the next process");
    }
    Err(DeliveryError { undelivered, reason })
}
