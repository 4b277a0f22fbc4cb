//! The bounded queue between the threads that end spans and the one that delivers them.

use std::{
    array, fmt, mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use opentelemetry::Context;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};
use tokio::sync::Notify;

use super::{
    occupancy::{Bounds, Occupancy},
    process::Process,
    thread,
};
use crate::unobserved;

/// A span that has ended, as the thread has left it that ended it: there it costs as little as may be, and the rest is
/// done on the delivery thread.
pub(crate) trait Finished: fmt::Debug + Send + 'static {
    /// What is needed to write spans.
    type Writer: Send;

    /// Bytes of memory, roughly.
    fn weight(&self) -> usize;

    fn end_time(&self) -> SystemTime;

    /// The span as it is delivered.
    fn write(self, writer: &Self::Writer) -> SpanData;
}

/// Threads that end spans at once do so side by side.
const SHARDS: usize = 8;
/// Spans that a buffer has room for from the start.
const ROOM: usize = 256;

/// Bounded buffers, one per group of threads. The worker swaps them for empty ones, so that a push is never longer
/// than a move, and allocates only where more waits than has ever waited.
#[derive(Debug)]
pub(super) struct Queue<F> {
    occupancy: Occupancy,
    shards: [Mutex<Shard<F>>; SHARDS],
    losses: Losses,
    /// Wakes up the delivery thread.
    wake: Notify,
    process: Process,
}

/// One of the buffers.
#[derive(Debug)]
struct Shard<F> {
    spans: Vec<F>,
    bytes: usize,
    /// It takes nothing any more.
    closed: bool,
}

impl<F> Default for Shard<F> {
    fn default() -> Self {
        Self { spans: Vec::with_capacity(ROOM), bytes: 0, closed: false }
    }
}

/// Buffers that are empty, kept for their room.
#[derive(Debug)]
pub(super) struct Spare<F>([Vec<F>; SHARDS]);

impl<F> Default for Spare<F> {
    fn default() -> Self {
        Self(array::from_fn(|_| Vec::with_capacity(ROOM)))
    }
}

/// Spans that reached no destination, by reason, since the start.
#[derive(Debug, Default)]
pub(super) struct Losses {
    /// They found the queue full.
    pub(super) full: AtomicU64,
    /// They ended after delivery was shut down.
    pub(super) late: AtomicU64,
    /// They could not be written: it panicked.
    pub(super) unwritten: AtomicU64,
}

impl<F> Queue<F> {
    /// The process that has the delivery thread.
    pub(super) fn process(&self) -> &Process {
        &self.process
    }
}

impl<F: Finished> Queue<F> {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            occupancy: Occupancy::new(bounds),
            shards: Default::default(),
            losses: Losses::default(),
            wake: Notify::new(),
            process: Process::current(),
        }
    }

    /// Takes nothing any more: spans that end from here on are counted as late.
    pub(super) fn close(&self) {
        (0..SHARDS).for_each(|number| self.shard(number).closed = true);
    }

    fn push(&self, span: F) {
        let weight = span.weight();
        let mut shard = self.free_shard(thread::number());
        let (closed, fits) = (shard.closed, !shard.closed && self.occupancy.reserve(weight));
        let wakes = if fits {
            shard.spans.push(span);
            shard.bytes += weight;
            drop(shard);
            self.occupancy.wakes()
        } else {
            drop(shard);
            let reason = if closed { &self.losses.late } else { &self.losses.full };
            let lost = reason.fetch_add(1, Ordering::Relaxed);
            // A process that was forked off learns here that nothing makes room.
            self.occupancy.wakes_for_room() || (!closed && lost.is_multiple_of(256))
        };
        if wakes {
            self.wake();
        }
    }

    /// In a process that was forked off there is no delivery thread to wake up.
    #[cold]
    fn wake(&self) {
        if self.process.is_current() {
            self.wake.notify_one();
        } else {
            self.process.disown();
            // The thread that is missing here may have held a lock when the process was forked.
            self.shards.iter().filter_map(|shard| shard.try_lock().ok()).for_each(|mut shard| {
                shard.closed = true;
            });
        }
    }

    /// Takes what waits into an empty list, in the order in which it ended; returns the bytes of it. It keeps its room
    /// until that is released.
    pub(super) fn take(&self, spare: &mut Spare<F>, taken: &mut Vec<F>) -> usize {
        self.occupancy.awake();
        let mut bytes = 0;
        for (number, empty) in spare.0.iter_mut().enumerate() {
            let mut shard = self.shard(number);
            mem::swap(&mut shard.spans, empty);
            bytes += mem::take(&mut shard.bytes);
            drop(shard);
            taken.append(empty);
        }
        if !taken.is_sorted_by_key(F::end_time) {
            taken.sort_by_key(F::end_time);
        }
        bytes
    }

    /// Gives the room of spans back that were taken.
    pub(super) fn release(&self, spans: usize, bytes: usize) {
        self.occupancy.release(spans, bytes);
    }

    pub(super) fn losses(&self) -> &Losses {
        &self.losses
    }

    /// Spans that wait, those among them that are being written.
    pub(super) fn waiting(&self) -> usize {
        self.occupancy.spans()
    }

    /// Waits for a first span, then for a batch or until the first has waited long enough.
    pub(super) async fn ready(&self, linger: Duration) {
        while self.occupancy.sleeps_while_empty() {
            self.wake.notified().await;
        }
        if self.occupancy.sleeps_while_few() {
            let _ = tokio::time::timeout(linger, self.wake.notified()).await;
        }
    }

    fn shard(&self, number: usize) -> MutexGuard<'_, Shard<F>> {
        self.mutex(number).lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first buffer from this number on that nobody holds; its own where all are held.
    fn free_shard(&self, number: usize) -> MutexGuard<'_, Shard<F>> {
        (number..number.saturating_add(SHARDS))
            .find_map(|number| match self.mutex(number).try_lock() {
                Ok(shard) => Some(shard),
                Err(TryLockError::Poisoned(shard)) => Some(shard.into_inner()),
                Err(TryLockError::WouldBlock) => None,
            })
            .unwrap_or_else(|| self.shard(number))
    }

    fn mutex(&self, number: usize) -> &Mutex<Shard<F>> {
        let [first, ..] = &self.shards;
        self.shards.get(number % SHARDS).unwrap_or(first)
    }
}

/// The one processor: puts sampled spans into the queue, but for those of delivery itself. Flushing and
/// shutting down are the delivery's business, since two providers share it.
#[derive(Debug)]
pub(crate) struct Enqueue<F>(Arc<Queue<F>>);

impl<F: Finished> Enqueue<F> {
    pub(super) fn new(queue: Arc<Queue<F>>) -> Self {
        Self(queue)
    }

    /// Takes a span that is sampled.
    pub(crate) fn take(&self, span: F) {
        if !unobserved::here() {
            self.0.push(span);
        }
    }
}

impl<F: Finished + From<SpanData>> SpanProcessor for Enqueue<F> {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() {
            self.take(span.into());
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::{
        KeyValue,
        trace::{Span as _, Tracer as _, TracerProvider as _},
    };
    use opentelemetry_sdk::trace::SdkTracerProvider;

    use super::{super::weight::weight, *};

    impl Finished for SpanData {
        type Writer = ();

        fn weight(&self) -> usize {
            weight(self)
        }

        fn end_time(&self) -> SystemTime {
            self.end_time
        }

        fn write(self, (): &()) -> SpanData {
            self
        }
    }

    fn queue(spans: usize, bytes: usize) -> (Arc<Queue<SpanData>>, SdkTracerProvider) {
        let queue = Arc::new(Queue::new(Bounds { spans, bytes }));
        let processor = Enqueue::new(Arc::clone(&queue));
        (queue, SdkTracerProvider::builder().with_span_processor(processor).build())
    }

    fn taken(queue: &Queue<SpanData>) -> Vec<SpanData> {
        let mut taken = Vec::new();
        let bytes = queue.take(&mut Spare::default(), &mut taken);
        queue.release(taken.len(), bytes);
        taken
    }

    fn dropped(queue: &Queue<SpanData>) -> u64 {
        queue.losses().full.load(Ordering::Relaxed)
    }

    #[test]
    fn what_comes_on_top_is_dropped_and_counted() {
        let (queue, provider) = queue(100, usize::MAX);
        for _ in 0..110 {
            provider.tracer("t").start("s").end();
        }
        assert_eq!((taken(&queue).len(), dropped(&queue), queue.waiting()), (100, 10, 0));
        provider.tracer("t").start("s").end();
        assert_eq!((taken(&queue).len(), dropped(&queue)), (1, 10), "there is room again");
    }

    #[test]
    fn spans_keep_their_room_until_they_are_written() {
        let (queue, provider) = queue(2, usize::MAX);
        let end = |count: usize| (0..count).for_each(|_| provider.tracer("t").start("s").end());
        end(2);
        let mut spans = Vec::new();
        let bytes = queue.take(&mut Spare::default(), &mut spans);
        end(1);
        assert_eq!((spans.len(), dropped(&queue)), (2, 1), "both are still in memory");
        queue.release(1, bytes / 2);
        end(2);
        assert_eq!((taken(&queue).len(), dropped(&queue)), (1, 2));
    }

    #[test]
    fn a_closed_queue_counts_what_comes_and_keeps_what_it_has() {
        let (queue, provider) = queue(10, usize::MAX);
        provider.tracer("t").start("s").end();
        queue.close();
        (0..3).for_each(|_| provider.tracer("t").start("s").end());
        assert_eq!((taken(&queue).len(), queue.losses().late.load(Ordering::Relaxed)), (1, 3));
    }

    #[test]
    fn a_buffer_that_is_held_for_ever_stops_no_push() {
        let (queue, provider) = queue(10, usize::MAX);
        let _held = queue.shard(thread::number());
        provider.tracer("t").start("s").end();
        assert_eq!(queue.waiting(), 1);
    }

    #[test]
    fn long_spans_fill_it_sooner() {
        let (queue, provider) = queue(100, 1_000_000);
        for _ in 0..100 {
            let mut span = provider.tracer("t").start("s");
            span.set_attribute(KeyValue::new("k", "x".repeat(50_000)));
            span.end();
        }
        let kept = taken(&queue).len() as u64;
        assert!((15..20).contains(&kept) && dropped(&queue) == 100 - kept, "{kept}");
    }

    #[test]
    fn spans_of_many_threads_come_in_the_order_they_ended() {
        let (queue, provider) = queue(10_000, usize::MAX);
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| (0..100).for_each(|_| provider.tracer("t").start("s").end()));
            }
        });
        let taken = taken(&queue);
        assert_eq!(taken.len(), 1_600);
        assert!(taken.is_sorted_by_key(|span| span.end_time));
    }
}
