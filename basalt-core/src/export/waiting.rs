//! What waits for a destination in memory, and all that is counted of it.

use std::{collections::VecDeque, mem};

use super::{
    health::DestinationHealth,
    parcel::{Cargo, Parcel},
};

#[derive(Debug, Default)]
pub(super) struct Waiting {
    parcels: VecDeque<Parcel>,
    pub(super) carried: Carried,
    pub(super) closed: bool,
    pub(super) health: DestinationHealth,
    /// Spans lost since the last report.
    lost: u64,
}

/// Where the parcel is that is on its way: it is the first of all, and those on disk come before those in memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Carried {
    #[default]
    Nowhere,
    Memory,
    Disk,
}

/// What has not been delivered by now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Report {
    /// Spans that were lost since the last time, and those that wait.
    pub(super) undelivered: u64,
    /// Those among them that the next process will send.
    pub(super) kept: u64,
    /// The latest; none if all is delivered.
    pub(super) reason: Option<String>,
}

impl Waiting {
    const STILL: &str = "the collector has not answered in time";

    pub(super) fn new(name: &str) -> Self {
        let health = DestinationHealth { name: name.to_owned(), ..DestinationHealth::default() };
        Self { health, ..Self::default() }
    }

    /// Whether nothing waits, neither here nor on disk.
    pub(super) fn is_settled(&self) -> bool {
        self.parcels.is_empty() && self.health.spool_bytes == 0
    }

    pub(super) fn oldest(&self) -> Option<&Parcel> {
        self.parcels.front()
    }

    pub(super) fn push(&mut self, parcel: Parcel) {
        self.health.waiting += parcel.spans;
        self.health.waiting_bytes += parcel.bytes;
        self.parcels.push_back(parcel);
    }

    /// The first parcel is on its way. It stays in its place.
    pub(super) fn carry(&mut self) -> Option<Cargo> {
        let cargo = match &mut self.parcels.front_mut()?.cargo {
            Cargo::Message(message) => Cargo::Message(message.clone()),
            Cargo::Spans(spans) => Cargo::Spans(mem::take(spans)),
        };
        self.carried = Carried::Memory;
        Some(cargo)
    }

    /// The first parcel is done with; says how many spans it had.
    pub(super) fn shift(&mut self) -> Option<u64> {
        self.forget(0)
    }

    /// The first parcel is on disk now, whether or not it is on its way.
    pub(super) fn shelved(&mut self) {
        self.forget(0);
        if self.carried == Carried::Memory {
            self.carried = Carried::Disk;
        }
    }

    /// Drops the oldest parcel that is not on its way; false if there is none.
    pub(super) fn drop_oldest(&mut self, reason: &str) -> bool {
        let dropped = self.forget(usize::from(self.carried == Carried::Memory));
        if let Some(spans) = dropped {
            self.overflow(spans, reason);
        }
        dropped.is_some()
    }

    /// Gives the oldest parcel up.
    pub(super) fn abandon_oldest(&mut self, reason: &str) {
        if let Some(spans) = self.forget(0) {
            self.abandon(spans, reason);
        }
    }

    pub(super) fn abandon_all(&mut self) {
        self.parcels.clear();
        self.health.waiting_bytes = 0;
        let waiting = mem::take(&mut self.health.waiting);
        if waiting > 0 {
            let reason = self.health.last_error.clone();
            self.abandon(waiting, reason.as_deref().unwrap_or(Self::STILL));
        }
    }

    pub(super) fn overflow(&mut self, spans: u64, reason: &str) {
        self.health.overflowed = self.health.overflowed.saturating_add(spans);
        self.lose(spans, reason);
    }

    pub(super) fn refuse(&mut self, spans: u64, reason: &str) {
        if spans > 0 {
            self.health.refused += spans;
            self.lose(spans, reason);
        }
    }

    pub(super) fn lose(&mut self, spans: u64, reason: &str) {
        self.lost = self.lost.saturating_add(spans);
        self.health.last_error = Some(reason.to_owned());
    }

    /// What is lost is told once.
    pub(super) fn report(&mut self) -> Report {
        let waiting = self.health.waiting.saturating_add(self.health.spooled);
        let undelivered = mem::take(&mut self.lost).saturating_add(waiting);
        let kept = if self.closed { self.health.spooled } else { 0 };
        let reason = self.health.last_error.clone().or_else(|| (waiting > 0).then(|| Self::STILL.to_owned()));
        Report { undelivered, kept, reason: reason.filter(|_| undelivered > 0) }
    }

    fn abandon(&mut self, spans: u64, reason: &str) {
        self.health.abandoned += spans;
        self.lose(spans, reason);
    }

    fn forget(&mut self, place: usize) -> Option<u64> {
        let parcel = self.parcels.remove(place)?;
        self.health.waiting -= parcel.spans;
        self.health.waiting_bytes -= parcel.bytes;
        Some(parcel.spans)
    }
}
