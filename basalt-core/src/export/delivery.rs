//! The delivery thread, as the rest of the program sees it.

use std::{
    fmt, io,
    sync::{Arc, Mutex, PoisonError, mpsc as std_mpsc},
    time::Duration,
};

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use tokio::{
    runtime::Runtime,
    sync::{mpsc, oneshot},
};

use super::{
    Bounds, DeliveryError, Destination, Health, Redaction, StartError,
    lane::Lane,
    outbox::Outbox,
    queue::{Enqueue, Finished, Queue, Spare},
    thread,
    worker::{Command, Worker},
};

/// How long a span waits for company; on the console somebody is watching.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_ON_CONSOLE: Duration = Duration::from_millis(50);
/// How long the disk is waited for at the end.
const WRITING: Duration = Duration::from_secs(10);

/// A thread with a runtime of its own: whatever runtime the program has, or none, and however busy it is,
/// delivery goes on, and waiting for it cannot deadlock.
pub(crate) struct Delivery<F> {
    queue: Arc<Queue<F>>,
    outboxes: Vec<Arc<Outbox>>,
    commands: mpsc::UnboundedSender<Command>,
    /// Behind `commands`, without which the thread ends.
    _end: End,
}

/// A program may stop as soon as the last handle is dropped: where batches go to disk, that waits until they are there.
struct End {
    thread: Mutex<std_mpsc::Receiver<Result<Vec<Arc<Outbox>>, StartError>>>,
    spools: bool,
}

impl Drop for End {
    fn drop(&mut self) {
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
        let queue = Arc::new(Queue::new(bounds));
        let (commands, incoming) = mpsc::unbounded_channel();
        let (ready, started) = std_mpsc::sync_channel(1);
        let spools = destinations.iter().any(|destination| destination.spool().is_some());
        let work = {
            let queue = Arc::clone(&queue);
            move || {
                thread::enter();
                let _suppressed = Context::enter_telemetry_suppressed_scope();
                match prepare(queue, writer, destinations, &redaction.resource(&resource), bounds, redaction)
                {
                    Ok((runtime, worker)) => {
                        let _ = ready.send(Ok(worker.outboxes()));
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
        let outboxes = started.recv().unwrap_or_else(|_| panicked())?;
        Ok(Self { queue, outboxes, commands, _end: End { thread: Mutex::new(started), spools } })
    }

    /// What a provider needs to bring its spans here.
    pub(crate) fn processor(&self) -> Enqueue<F> {
        Enqueue::new(Arc::clone(&self.queue))
    }

    pub(crate) fn health(&self) -> Health {
        Health {
            failed_values: crate::foreign::failures(),
            queued: self.queue.waiting() as u64,
            overflowed: self.queue.dropped(),
            destinations: self.outboxes.iter().map(|outbox| outbox.health()).collect(),
        }
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
        let (reply, answer) = oneshot::channel();
        let reply = Box::new(|result| {
            let _ = reply.send(result);
        });
        match self.commands.send(Command { last, timeout, reply }) {
            Ok(()) => answer.await.unwrap_or_else(|_| gone()),
            Err(_) => Ok(()),
        }
    }

    fn ask_blocking(&self, timeout: Duration, last: bool) -> Result<(), DeliveryError> {
        let (reply, answer) = std_mpsc::sync_channel(1);
        let reply = Box::new(move |result| {
            let _ = reply.send(result);
        });
        match self.commands.send(Command { last, timeout, reply }) {
            Ok(()) => answer.recv().unwrap_or_else(|_| gone()),
            Err(_) => Ok(()),
        }
    }
}

impl<F> fmt::Debug for Delivery<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").finish_non_exhaustive()
    }
}

fn gone() -> Result<(), DeliveryError> {
    Err(DeliveryError { undelivered: 0, reason: "the delivery thread stopped meanwhile".to_owned() })
}

/// On the delivery thread: its runtime, and the exporters inside it.
fn prepare<F: Finished>(
    queue: Arc<Queue<F>>,
    writer: F::Writer,
    destinations: Vec<Destination>,
    resource: &Resource,
    bounds: Bounds,
    redaction: Redaction,
) -> Result<(Runtime, Worker<F>), StartError> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().on_thread_start(thread::enter).build()?;
    let entered = runtime.enter();
    let watched = destinations.iter().any(|destination| matches!(destination, Destination::Console { .. }));
    let linger = if watched { LINGER_ON_CONSOLE } else { LINGER };
    let mut lanes = Vec::with_capacity(destinations.len());
    for destination in destinations {
        lanes.push(Lane::open(destination, bounds.bytes, resource)?);
    }
    drop(entered);
    let worker = Worker {
        queue,
        writer,
        lanes,
        redaction,
        linger,
        spare: Spare::default(),
        taken: Vec::new(),
        reported: 0,
        seen: 0,
        overflowing: false,
    };
    Ok((runtime, worker))
}
