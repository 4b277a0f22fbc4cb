//! The delivery thread, as the rest of the program sees it.

use std::{
    fmt, io,
    sync::{Arc, Mutex, PoisonError, mpsc as std_mpsc},
    time::{Duration, Instant},
};

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use tokio::{runtime::Runtime, sync::mpsc};

use super::{
    Bounds, DeliveryError, Destination, Health, Redaction, StartError,
    answer::{self, Heard, Pending},
    ending::{Ending, Limit},
    lane::Lane,
    process::Process,
    queue::{Enqueue, Finished, Queue},
    report::Reporter,
    thread,
    worker::{Command, Worker},
};

/// How long a span waits for others; on the console somebody is watching.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_ON_CONSOLE: Duration = Duration::from_millis(50);
/// How long the disk is waited for when the last handle is dropped.
const WRITING: Duration = Duration::from_secs(10);

const ON_DELIVERY_THREAD: &str = "`flush` and `shutdown` were called on the delivery thread (by an exporter, a redaction \
     closure, the console or a panic hook), which would wait for itself: call them from another thread";
const GONE: &str = "the delivery thread has stopped: it panicked, and nothing is delivered any more";

/// A thread with a runtime of its own: whatever runtime the program has, or none, and however busy it is,
/// delivery goes on, and waiting for it cannot deadlock.
pub(crate) struct Delivery<F> {
    queue: Arc<Queue<F>>,
    reporter: Arc<Reporter<F>>,
    ending: Arc<Ending>,
    spools: bool,
    commands: mpsc::UnboundedSender<Command>,
    /// Behind `commands`, without which the thread ends.
    _end: End<F>,
}

type Started<F> = Result<Arc<Reporter<F>>, StartError>;

/// A program may stop as soon as the last handle is dropped: where batches go to disk, that waits until they are there.
struct End<F> {
    ending: Arc<Ending>,
    thread: Mutex<std_mpsc::Receiver<Started<F>>>,
    queue: Arc<Queue<F>>,
    spools: bool,
}

impl<F> Drop for End<F> {
    fn drop(&mut self) {
        // A process that was forked off has nobody to hasten, and no lock that is sure to be free.
        if !self.queue.process().is_current() {
            return;
        }
        self.ending.hasten(WRITING);
        if self.spools && !thread::delivers() {
            let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner);
            let _ = thread.recv_timeout(WRITING);
        }
    }
}

impl<F: Finished> Delivery<F> {
    pub(crate) fn start(
        destinations: Vec<Destination>,
        resource: Resource,
        bounds: Bounds,
        redaction: Redaction,
        writer: F::Writer,
    ) -> Result<Self, StartError>
    where
        F::Writer: 'static,
    {
        let (queue, ending) = (Arc::new(Queue::new(bounds)), Arc::<Ending>::default());
        let (commands, incoming) = mpsc::unbounded_channel();
        let (ready, started) = std_mpsc::sync_channel(1);
        let spools = destinations.iter().any(|destination| destination.spool().is_some());
        let prepare = Prepare { destinations, resource, limit: bounds.bytes, redaction };
        let work = {
            let (closing, ending) = (Closing(Arc::clone(&queue)), Arc::clone(&ending));
            move || {
                thread::enter();
                let _suppressed = Context::enter_telemetry_suppressed_scope();
                match prepare.worker(&closing.0, ending, writer) {
                    Ok((runtime, worker)) => {
                        let _ = ready.send(Ok(Arc::clone(&worker.reporter)));
                        runtime.block_on(worker.work(incoming));
                        runtime.shutdown_background();
                    }
                    Err(error) => {
                        let _ = ready.send(Err(error));
                    }
                }
            }
        };
        std::thread::Builder::new().name("basalt-delivery".to_owned()).spawn(work)?;
        let panicked = || Err(StartError::Thread(io::Error::other("it panicked")));
        let reporter = started.recv().unwrap_or_else(|_| panicked())?;
        let end = End {
            ending: Arc::clone(&ending),
            thread: Mutex::new(started),
            queue: Arc::clone(&queue),
            spools,
        };
        Ok(Self { queue, reporter, ending, spools, commands, _end: end })
    }

    /// What a provider needs to bring its spans here.
    pub(crate) fn processor(&self) -> Enqueue<F> {
        Enqueue::new(Arc::clone(&self.queue))
    }

    /// In a process that was forked off there is nothing to tell, and locks may be held for ever.
    pub(crate) fn health(&self) -> Health {
        if self.queue.process().is_current() { self.reporter.health() } else { Health::default() }
    }

    /// An error where waiting would never end: on the delivery thread, and in a process that was forked off.
    pub(crate) fn check(&self) -> Result<(), DeliveryError> {
        if thread::delivers() {
            return Err(DeliveryError { undelivered: 0, reason: ON_DELIVERY_THREAD.to_owned() });
        }
        if !self.queue.process().is_current() {
            self.queue.process().disown();
            return Err(DeliveryError { undelivered: 0, reason: Process::FORKED.to_owned() });
        }
        Ok(())
    }

    pub(crate) async fn flush(&self, timeout: Duration) -> Result<(), DeliveryError> {
        self.ask(timeout, false).await
    }

    pub(crate) async fn shutdown(&self, timeout: Duration) -> Result<(), DeliveryError> {
        self.ask(timeout, true).await
    }

    pub(crate) fn flush_blocking(&self, timeout: Duration) -> Result<(), DeliveryError> {
        self.ask_blocking(timeout, false)
    }

    pub(crate) fn shutdown_blocking(&self, timeout: Duration) -> Result<(), DeliveryError> {
        self.ask_blocking(timeout, true)
    }

    async fn ask(&self, timeout: Duration, last: bool) -> Result<(), DeliveryError> {
        let told = self.reporter.told();
        let (pending, deadline) = self.command(timeout, last, told)?;
        let heard = pending.within(deadline).await;
        self.tell(heard, told)
    }

    fn ask_blocking(&self, timeout: Duration, last: bool) -> Result<(), DeliveryError> {
        let told = self.reporter.told();
        let (pending, deadline) = self.command(timeout, last, told)?;
        self.tell(pending.wait(deadline), told)
    }

    /// Asks the delivery thread; the deadline is the caller's.
    fn command(
        &self,
        timeout: Duration,
        last: bool,
        told: u64,
    ) -> Result<(Pending, Option<Instant>), DeliveryError> {
        self.check()?;
        let deadline = Instant::now().checked_add(timeout);
        if last {
            let sending = |closing: Instant| closing.checked_sub(self.reserve(timeout)).unwrap_or(closing);
            self.ending.begin(deadline.map(|closing| Limit { sending: sending(closing), closing }), told);
        }
        let (responder, pending) = answer::channel();
        // After the end the command is dropped, and the caller hears of it as of a thread that has gone.
        let _ = self.commands.send(Command { last, deadline, responder });
        Ok((pending, deadline))
    }

    /// The end of a limit, in which nothing is sent any more: what is left is counted, or goes to disk.
    fn reserve(&self, timeout: Duration) -> Duration {
        let (share, most) =
            if self.spools { (4, Duration::from_secs(2)) } else { (20, Duration::from_millis(20)) };
        (timeout / share).min(most)
    }

    /// `since` is what was told of when the call began: every call hears of all that was lost since.
    fn tell(&self, heard: Heard, since: u64) -> Result<(), DeliveryError> {
        if let Some(result) = self.ending.result() {
            return result;
        }
        match heard {
            Heard::Settled(failed) => self.reporter.settled(since, failed),
            Heard::Late => self.reporter.unsettled(since, None),
            Heard::Gone => {
                let lost = self.reporter.unsettled(since, None).err().map_or(0, |error| error.undelivered);
                Err(DeliveryError { undelivered: lost, reason: GONE.to_owned() })
            }
        }
    }
}

impl<F> fmt::Debug for Delivery<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").finish_non_exhaustive()
    }
}

/// However the thread ends, spans that come later are counted.
struct Closing<F: Finished>(Arc<Queue<F>>);

impl<F: Finished> Drop for Closing<F> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// What the delivery thread is made of.
struct Prepare {
    destinations: Vec<Destination>,
    resource: Resource,
    /// Bytes that may wait for each destination.
    limit: usize,
    redaction: Redaction,
}

impl Prepare {
    /// On the delivery thread: its runtime, and the exporters inside it.
    fn worker<F: Finished>(
        self,
        queue: &Arc<Queue<F>>,
        ending: Arc<Ending>,
        writer: F::Writer,
    ) -> Result<(Runtime, Worker<F>), StartError> {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime =
            runtime.enable_all().thread_name("basalt-delivery").on_thread_start(thread::enter).build()?;
        let entered = runtime.enter();
        let watched = self.destinations.iter().any(|it| matches!(it, Destination::Console { .. }));
        let linger = if watched { LINGER_ON_CONSOLE } else { LINGER };
        let resource = self.redaction.resource(&self.resource);
        let open = |destination| Lane::open(destination, self.limit, &resource);
        let lanes = self.destinations.into_iter().map(open).collect::<Result<Vec<_>, _>>()?;
        drop(entered);
        let outboxes = lanes.iter().map(|lane| Arc::clone(&lane.outbox)).collect();
        let reporter = Arc::new(Reporter::new(Arc::clone(queue), outboxes));
        Ok((runtime, Worker::new(Arc::clone(queue), writer, lanes, self.redaction, linger, ending, reporter)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use opentelemetry_sdk::{
        error::OTelSdkResult,
        trace::{SpanData, SpanExporter},
    };

    use super::*;

    #[derive(Debug)]
    struct Takes;

    impl SpanExporter for Takes {
        async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
            Ok(())
        }
    }

    /// A span that panics on the delivery thread: as it is sorted, where nothing guards it, or as it is written.
    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Panics {
        Sorted,
        Written,
    }

    impl Finished for Panics {
        type Writer = ();

        fn weight(&self) -> usize {
            1
        }

        fn end_time(&self) -> SystemTime {
            assert_ne!(*self, Self::Sorted);
            SystemTime::UNIX_EPOCH
        }

        fn write(self, (): &()) -> SpanData {
            panic!("written")
        }
    }

    fn delivery() -> Delivery<Panics> {
        let destinations = vec![Destination::Custom(Box::new(Takes))];
        let resource = Resource::builder_empty().build();
        Delivery::start(destinations, resource, Bounds::default(), Redaction::default(), ()).unwrap()
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn every_call_says_that_the_delivery_thread_has_died_and_later_spans_are_counted() {
        let delivery = delivery();
        let end = || delivery.processor().take(Panics::Sorted);
        (0..2).for_each(|_| end());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let heard = [
            delivery.flush_blocking(LONG),
            runtime.block_on(delivery.flush(LONG)),
            runtime.block_on(delivery.shutdown(LONG)),
            delivery.shutdown_blocking(LONG),
        ];
        for heard in heard {
            let error = heard.unwrap_err();
            assert_eq!((error.reason.as_str(), error.undelivered), (GONE, 2));
        }
        end();
        assert_eq!(delivery.health().late, 1);
    }

    #[test]
    fn a_span_that_cannot_be_written_is_counted_and_stops_nothing() {
        let delivery = delivery();
        for number in 1..=3 {
            delivery.processor().take(Panics::Written);
            assert_eq!(delivery.flush_blocking(LONG).unwrap_err().undelivered, 1);
            assert_eq!((delivery.health().unwritten, delivery.health().lost()), (number, number));
        }
        delivery.shutdown_blocking(LONG).unwrap();
    }
}
