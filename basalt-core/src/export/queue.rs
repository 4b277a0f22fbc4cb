//! Between the threads that end spans and the one that delivers them.

use std::{
    fmt, mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use opentelemetry::Context;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};
use tokio::sync::Notify;

use super::thread;
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

/// A full batch is sent at once.
pub(super) const BATCH: usize = 512;
/// So is one that is long already.
const LONG: usize = 2 * 1024 * 1024;

/// What may wait. What comes on top is dropped and counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) spans: usize,
    pub(crate) bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { spans: 65_536, bytes: 64 * 1024 * 1024 }
    }
}

/// Bounded buffers, one per group of threads. The worker swaps them for empty ones, so that a push is never longer
/// than a move, and allocates only where more waits than has ever waited.
#[derive(Debug)]
pub(super) struct Queue<F> {
    bounds: Bounds,
    shards: [Mutex<Shard<F>>; SHARDS],
    spans: AtomicUsize,
    bytes: AtomicUsize,
    dropped: AtomicU64,
    closed: AtomicBool,
    /// There is a first span.
    first: Notify,
    /// There are enough for a batch.
    enough: Notify,
}

/// One of the buffers.
#[derive(Debug)]
struct Shard<F> {
    spans: Vec<F>,
    bytes: usize,
}

impl<F> Default for Shard<F> {
    fn default() -> Self {
        Self { spans: Vec::with_capacity(ROOM), bytes: 0 }
    }
}

/// Buffers that are empty, kept for their room.
#[derive(Debug)]
pub(super) struct Spare<F>([Shard<F>; SHARDS]);

impl<F> Default for Spare<F> {
    fn default() -> Self {
        Self(Default::default())
    }
}

impl<F: Finished> Queue<F> {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            shards: Default::default(),
            spans: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            dropped: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            first: Notify::new(),
            enough: Notify::new(),
        }
    }

    /// Takes nothing any more.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    fn push(&self, span: F) {
        if self.closed.load(Ordering::Relaxed) {
            return;
        }
        let weight = span.weight();
        if weight > self.bounds.bytes {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let spans = self.spans.fetch_add(1, Ordering::Relaxed) + 1;
        let bytes = self.bytes.fetch_add(weight, Ordering::Relaxed) + weight;
        if spans > self.bounds.spans || bytes > self.bounds.bytes {
            self.spans.fetch_sub(1, Ordering::Relaxed);
            self.bytes.fetch_sub(weight, Ordering::Relaxed);
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        {
            let mut shard = self.shard(thread::number());
            shard.spans.push(span);
            shard.bytes += weight;
        }
        if spans == 1 {
            self.first.notify_one();
        }
        if spans.is_multiple_of(BATCH) || (bytes >= LONG && bytes - weight < LONG) {
            self.enough.notify_one();
        }
    }

    /// Takes what waits into an empty list, in the order in which it ended.
    pub(super) fn take(&self, spare: &mut Spare<F>, taken: &mut Vec<F>) {
        let mut bytes = 0;
        for (number, empty) in spare.0.iter_mut().enumerate() {
            mem::swap(&mut *self.shard(number), empty);
            taken.append(&mut empty.spans);
            bytes += mem::take(&mut empty.bytes);
        }
        self.spans.fetch_sub(taken.len(), Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        if !taken.is_sorted_by_key(F::end_time) {
            taken.sort_by_key(F::end_time);
        }
    }

    /// Spans that found it full since the start.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(super) fn waiting(&self) -> usize {
        self.spans.load(Ordering::Relaxed)
    }

    /// Waits for a first span, then for a batch or until the first has waited long enough.
    pub(super) async fn ready(&self, linger: Duration) {
        // A span that came while the last ones were taken has found the queue not empty and told nobody.
        if self.waiting() == 0 {
            self.first.notified().await;
        }
        let _ = tokio::time::timeout(linger, self.enough.notified()).await;
    }

    fn shard(&self, number: usize) -> MutexGuard<'_, Shard<F>> {
        let [first, ..] = &self.shards;
        self.shards.get(number % SHARDS).unwrap_or(first).lock().unwrap_or_else(PoisonError::into_inner)
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
        queue.take(&mut Spare::default(), &mut taken);
        taken
    }

    #[test]
    fn what_comes_on_top_is_dropped_and_counted() {
        let (queue, provider) = queue(100, usize::MAX);
        for _ in 0..110 {
            provider.tracer("t").start("s").end();
        }
        assert_eq!((taken(&queue).len(), queue.dropped(), queue.waiting()), (100, 10, 0));
        provider.tracer("t").start("s").end();
        assert_eq!((taken(&queue).len(), queue.dropped()), (1, 10), "there is room again");
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
        assert!((15..20).contains(&kept) && queue.dropped() == 100 - kept, "{kept}");
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
