//! The end of delivery, as those who ask for it and the delivery thread agree on it: one deadline, one result.

use std::{sync::OnceLock, time::Instant};

use super::DeliveryError;

/// Set once each, and read by everybody.
#[derive(Debug, Default)]
pub(super) struct Ending {
    /// Of the first shutdown; `None` inside means no limit.
    deadline: OnceLock<Option<Instant>>,
    result: OnceLock<Result<(), DeliveryError>>,
}

impl Ending {
    /// Sets the deadline, unless an earlier shutdown has set one.
    pub(super) fn begin(&self, deadline: Option<Instant>) {
        let _ = self.deadline.set(deadline);
    }

    /// When the delivery thread gives up what waits; `None` without a shutdown or a limit.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline.get().copied().flatten()
    }

    /// Whether the time is up.
    pub(super) fn is_over(&self) -> bool {
        self.deadline().is_some_and(|deadline| deadline <= Instant::now())
    }

    /// What all shutdowns hear, and every flush after them.
    pub(super) fn conclude(&self, result: Result<(), DeliveryError>) {
        let _ = self.result.set(result);
    }

    /// None as long as delivery goes on.
    pub(super) fn result(&self) -> Option<Result<(), DeliveryError>> {
        self.result.get().cloned()
    }
}
