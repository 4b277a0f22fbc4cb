//! The way to one destination. One that fails or hangs does not hold up the others.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry_sdk::trace::SpanData;
use tokio::sync::{mpsc, oneshot};

use super::Exporter;

/// Spans that may wait for one destination. What comes on top is dropped and counted.
const CAPACITY: u64 = 65_536;

/// The sending half: the worker's.
#[derive(Debug)]
pub(super) struct Lane {
    parcels: mpsc::UnboundedSender<Parcel>,
    ledger: Arc<Ledger>,
}

#[derive(Debug)]
enum Parcel {
    Batch(Vec<SpanData>),
    /// Answered when everything before it has been tried.
    Mark(oneshot::Sender<()>),
    /// Closes the exporter, then answers.
    Close(oneshot::Sender<()>),
}

/// What became of the spans.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    pending: u64,
    undelivered: u64,
    reason: Option<String>,
}

impl Lane {
    /// Starts a task of the delivery runtime that exports batch by batch.
    pub(super) fn open(name: String, exporter: Box<dyn Exporter>) -> Self {
        let (parcels, incoming) = mpsc::unbounded_channel();
        let ledger = Arc::new(Ledger::default());
        let driver = Driver { name, exporter, ledger: Arc::clone(&ledger), failing: false };
        tokio::spawn(driver.drive(incoming));
        Self { parcels, ledger }
    }

    pub(super) fn send(&self, batch: Vec<SpanData>) {
        let spans = batch.len() as u64;
        if self.ledger.admit(spans) && self.parcels.send(Parcel::Batch(batch)).is_err() {
            self.ledger.settle(spans, Some("its exporter has panicked".to_owned()));
        }
    }

    /// Resolves when everything sent so far has been tried.
    pub(super) fn mark(&self) -> oneshot::Receiver<()> {
        let (tried, answer) = oneshot::channel();
        let _ = self.parcels.send(Parcel::Mark(tried));
        answer
    }

    /// Resolves when the exporter has been shut down.
    pub(super) fn close(&self) -> oneshot::Receiver<()> {
        let (closed, answer) = oneshot::channel();
        let _ = self.parcels.send(Parcel::Close(closed));
        answer
    }

    pub(super) fn ledger(&self) -> Arc<Ledger> {
        Arc::clone(&self.ledger)
    }
}

impl Ledger {
    /// Spans that were dropped or refused since the last time, and those still on their way; with the
    /// latest reason.
    pub(super) fn take(&self) -> (u64, Option<String>) {
        let mut entries = self.entries();
        let undelivered = std::mem::take(&mut entries.undelivered) + entries.pending;
        let still = (entries.pending > 0).then(|| "the collector has not answered in time".to_owned());
        (undelivered, entries.reason.take().or(still))
    }

    fn admit(&self, spans: u64) -> bool {
        let mut entries = self.entries();
        let admitted = entries.pending + spans <= CAPACITY;
        if admitted {
            entries.pending += spans;
        } else {
            entries.undelivered += spans;
            entries.reason = Some("too many spans waited for the collector".to_owned());
        }
        admitted
    }

    fn settle(&self, spans: u64, failure: Option<String>) {
        let mut entries = self.entries();
        entries.pending = entries.pending.saturating_sub(spans);
        if failure.is_some() {
            entries.undelivered += spans;
            entries.reason = failure;
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The receiving half: a task.
struct Driver {
    name: String,
    exporter: Box<dyn Exporter>,
    ledger: Arc<Ledger>,
    failing: bool,
}

impl Driver {
    async fn drive(mut self, mut incoming: mpsc::UnboundedReceiver<Parcel>) {
        while let Some(parcel) = incoming.recv().await {
            match parcel {
                Parcel::Batch(batch) => self.export(batch).await,
                Parcel::Mark(tried) => {
                    let _ = tried.send(());
                }
                Parcel::Close(closed) => {
                    let _ = self.exporter.shutdown();
                    let _ = closed.send(());
                }
            }
        }
    }

    async fn export(&mut self, batch: Vec<SpanData>) {
        let spans = batch.len() as u64;
        let failure = self.exporter.export(batch).await.err().map(|error| error.to_string());
        self.say(failure.as_deref());
        self.ledger.settle(spans, failure);
    }

    /// One line when it begins to fail, one when it is well again.
    fn say(&mut self, failure: Option<&str>) {
        match (failure, self.failing) {
            (Some(reason), false) => {
                tracing::warn!(target: "basalt", destination = self.name, reason, "spans cannot be delivered");
            }
            (None, true) => {
                tracing::info!(target: "basalt", destination = self.name, "spans are delivered again");
            }
            _ => {}
        }
        self.failing = failure.is_some();
    }
}
