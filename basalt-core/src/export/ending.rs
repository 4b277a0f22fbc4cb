//! The end of delivery, as those who ask for it and the delivery thread agree on it: one deadline, one result.

use std::{
    pin::pin,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use super::DeliveryError;

/// A shutdown, once it has begun.
#[derive(Debug, Clone, Copy)]
struct Shutdown {
    /// When nothing is sent any more, and when the caller stops waiting; `None` for never. The earliest of all
    /// shutdowns counts.
    limit: Option<Limit>,
    /// Lost spans that somebody had been told of when the first one began.
    told: u64,
}

/// The limit of a shutdown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    pub(super) sending: Instant,
    pub(super) closing: Instant,
}

/// Shared by the callers and the delivery thread.
#[derive(Debug, Default)]
pub(super) struct Ending {
    shutdown: Mutex<Option<Shutdown>>,
    /// A shutdown has brought an earlier limit.
    changed: Notify,
    result: OnceLock<Result<(), DeliveryError>>,
}

impl Ending {
    pub(super) fn begin(&self, limit: Option<Limit>, told: u64) {
        {
            let mut shutdown = self.shutdown();
            let earliest = shutdown.get_or_insert(Shutdown { limit, told });
            earliest.limit = match (earliest.limit, limit) {
                (Some(known), Some(new)) => Some(Limit {
                    sending: known.sending.min(new.sending),
                    closing: known.closing.min(new.closing),
                }),
                (known, new) => known.or(new),
            };
        }
        self.changed.notify_one();
    }

    /// Nobody waits any more for answers: a shutdown that has begun sends nothing more, and ends within `closing`.
    pub(super) fn hasten(&self, closing: Duration) {
        let sending = Instant::now();
        if self.shutdown().is_some()
            && let Some(closing) = sending.checked_add(closing)
        {
            self.begin(Some(Limit { sending, closing }), 0);
        }
    }

    /// None without a shutdown, or without a limit.
    pub(super) fn limit(&self) -> Option<Limit> {
        self.shutdown().and_then(|shutdown| shutdown.limit)
    }

    /// Lost spans that somebody had been told of when the first shutdown began.
    pub(super) fn told(&self) -> u64 {
        self.shutdown().map_or(0, |shutdown| shutdown.told)
    }

    /// Whether the time for sending is up.
    pub(super) fn is_over(&self) -> bool {
        self.limit().is_some_and(|limit| limit.sending <= Instant::now())
    }

    /// Whether the time for everything is up.
    pub(super) fn is_closed(&self) -> bool {
        self.limit().is_some_and(|limit| limit.closing <= Instant::now())
    }

    /// None if the time for sending is up before the work is done.
    pub(super) async fn within<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        loop {
            let changed = self.changed.notified();
            let over = async {
                match self.limit() {
                    Some(limit) => tokio::time::sleep_until(limit.sending.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                done = &mut work => return Some(done),
                () = over => return None,
                () = changed => {}
            }
        }
    }

    /// What all shutdowns hear, and every flush after them.
    pub(super) fn conclude(&self, result: Result<(), DeliveryError>) {
        let _ = self.result.set(result);
    }

    /// None as long as delivery goes on.
    pub(super) fn result(&self) -> Option<Result<(), DeliveryError>> {
        self.result.get().cloned()
    }

    fn shutdown(&self) -> MutexGuard<'_, Option<Shutdown>> {
        self.shutdown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
