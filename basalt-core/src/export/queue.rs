//! Between the threads that end spans and the one that delivers them.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use opentelemetry::Context;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};
use tokio::sync::Notify;

use super::thread;

/// Spans that may wait. What comes on top is dropped and counted.
const CAPACITY: usize = 65_536;

/// A bounded buffer. The worker swaps it for an empty one, so that a push is never longer than a move.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    /// There is a first span.
    first: Notify,
    /// There are enough for a batch.
    enough: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    spans: Vec<SpanData>,
    dropped: u64,
}

impl Queue {
    /// A full batch is sent at once.
    pub(super) const BATCH: usize = 512;

    fn push(&self, span: SpanData) {
        let length = {
            let mut waiting = self.waiting();
            if waiting.spans.len() >= CAPACITY {
                waiting.dropped += 1;
                return;
            }
            waiting.spans.push(span);
            waiting.spans.len()
        };
        if length == 1 {
            self.first.notify_one();
        }
        if length == Self::BATCH {
            self.enough.notify_one();
        }
    }

    /// Puts what waits into `empty`, and its room at the disposal of what comes. Says how many spans have
    /// been dropped since the last time.
    pub(super) fn swap(&self, empty: &mut Vec<SpanData>) -> u64 {
        let mut waiting = self.waiting();
        mem::swap(&mut waiting.spans, empty);
        mem::take(&mut waiting.dropped)
    }

    /// Waits for a first span, then for a batch or until the first has waited long enough.
    pub(super) async fn ready(&self, linger: Duration) {
        self.first.notified().await;
        let _ = tokio::time::timeout(linger, self.enough.notified()).await;
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one processor: puts sampled spans into the queue, but for those of delivery itself. Flushing and
/// shutting down are the delivery's business, since two providers share it.
#[derive(Debug)]
pub(crate) struct Enqueue(Arc<Queue>);

impl Enqueue {
    pub(super) fn new(queue: Arc<Queue>) -> Self {
        Self(queue)
    }
}

impl SpanProcessor for Enqueue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && !thread::delivers() {
            self.0.push(span);
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
    use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
    use opentelemetry_sdk::trace::SdkTracerProvider;

    use super::*;

    #[test]
    fn what_comes_on_top_is_dropped_and_counted() {
        let queue = Arc::new(Queue::default());
        let provider =
            SdkTracerProvider::builder().with_span_processor(Enqueue::new(Arc::clone(&queue))).build();
        let tracer = provider.tracer("t");
        for _ in 0..CAPACITY + 10 {
            tracer.start("s").end();
        }
        let mut spans = Vec::new();
        assert_eq!(queue.swap(&mut spans), 10);
        assert_eq!(spans.len(), CAPACITY);
        spans.clear();
        assert_eq!((queue.swap(&mut spans), spans.len()), (0, 0), "counted once");
    }
}
