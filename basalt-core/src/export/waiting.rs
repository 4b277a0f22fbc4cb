//! What waits for a destination in memory, and all that is counted of it.

use std::{collections::VecDeque, mem};

use super::{
    health::DestinationHealth,
    parcel::{Cargo, Parcel},
};

#[derive(Debug, Default)]
pub(super) struct Waiting {
    parcels: VecDeque<Numbered>,
    /// The number of the next one.
    next: u64,
    /// The first parcel on disk is on its way.
    disk: bool,
    /// The one that went to disk while it was on its way, as the first there.
    moved: Option<u64>,
    pub(super) closed: bool,
    pub(super) health: DestinationHealth,
    /// Spans lost since the start.
    lost: u64,
}

#[derive(Debug)]
struct Numbered {
    number: u64,
    parcel: Parcel,
    /// It is on its way, and stays in its place.
    carried: bool,
}

/// For a parcel on its way: where it waits until somebody has said what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ticket {
    Memory(u64),
    /// The first one there.
    Disk,
}

/// What a ticket was for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Collected {
    /// So many spans.
    Memory(u64),
    Disk,
    /// It was given up meanwhile.
    Nothing,
}

/// What has not been delivered by now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Report {
    /// Spans that were lost since the start.
    pub(super) lost: u64,
    /// Spans that wait, here and on disk.
    pub(super) waiting: u64,
    /// Those of the waiting ones that the next process will send.
    pub(super) kept: u64,
    /// The latest; it stays when all is well again.
    pub(super) reason: Option<String>,
}

impl Waiting {
    pub(super) const STILL: &str = "the collector has not answered in time";

    pub(super) fn new(name: &str) -> Self {
        let health = DestinationHealth { name: name.to_owned(), ..DestinationHealth::default() };
        Self { health, ..Self::default() }
    }

    /// Whether nothing waits, neither here nor on disk.
    pub(super) fn is_settled(&self) -> bool {
        self.parcels.is_empty() && self.health.spool_bytes == 0
    }

    pub(super) fn push(&mut self, parcel: Parcel) {
        self.health.waiting += parcel.spans;
        self.health.waiting_bytes += parcel.bytes;
        self.parcels.push_back(Numbered { number: self.next, parcel, carried: false });
        self.next += 1;
    }

    /// The number that the next parcel will have.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Whether all that came before this number has left, from memory and from disk.
    pub(super) fn is_past(&self, number: u64) -> bool {
        self.health.spool_bytes == 0 && self.parcels.front().is_none_or(|waits| waits.number >= number)
    }

    /// Whether anything is on its way.
    pub(super) fn is_carried(&self) -> bool {
        self.disk || self.parcels.iter().any(|waits| waits.carried)
    }

    /// The first parcel that is not on its way is from now on.
    pub(super) fn carry(&mut self) -> Option<(Ticket, Cargo)> {
        let waits = self.parcels.iter_mut().find(|waits| !waits.carried)?;
        waits.carried = true;
        let cargo = match &mut waits.parcel.cargo {
            Cargo::Message(message) => Cargo::Message(message.clone()),
            Cargo::Spans(spans) => Cargo::Spans(mem::take(spans)),
        };
        Some((Ticket::Memory(waits.number), cargo))
    }

    /// The first parcel on disk is on its way.
    pub(super) fn carry_from_disk(&mut self) -> Ticket {
        self.disk = true;
        Ticket::Disk
    }

    /// A parcel on its way is done with. From memory it is taken out.
    pub(super) fn collect(&mut self, ticket: Ticket) -> Collected {
        match ticket {
            Ticket::Memory(number) if self.moved == Some(number) => {
                (self.disk, self.moved) = (false, None);
                Collected::Disk
            }
            Ticket::Memory(number) => {
                let spans = self.place(number).and_then(|place| self.forget(place));
                spans.map_or(Collected::Nothing, Collected::Memory)
            }
            Ticket::Disk if mem::take(&mut self.disk) => Collected::Disk,
            Ticket::Disk => Collected::Nothing,
        }
    }

    /// A parcel on its way waits for another time.
    pub(super) fn put_back(&mut self, ticket: Ticket) {
        match ticket {
            Ticket::Memory(number) if self.moved != Some(number) => {
                let place = self.place(number);
                if let Some(waits) = place.and_then(|place| self.parcels.get_mut(place)) {
                    waits.carried = false;
                }
            }
            Ticket::Memory(_) | Ticket::Disk => (self.disk, self.moved) = (false, None),
        }
    }

    /// Nothing is on its way any more, whatever comes back.
    pub(super) fn recall(&mut self) {
        (self.disk, self.moved) = (false, None);
        self.parcels.iter_mut().for_each(|waits| waits.carried = false);
    }

    /// The parcel that goes to disk next, and its place here: the oldest that is not on its way. Where there is nothing
    /// on disk, and nothing else is on its way, it may be, and is the first there.
    pub(super) fn to_shelve(&self) -> Option<(usize, Parcel)> {
        let alone =
            self.health.spool_bytes == 0 && self.parcels.iter().filter(|waits| waits.carried).count() == 1;
        let mut waiting = self.parcels.iter().enumerate();
        let (place, waits) = waiting.find(|(_, waits)| alone || !waits.carried)?;
        Some((place, waits.parcel.clone()))
    }

    /// Whether the first parcel on disk is on its way.
    pub(super) fn is_carried_from_disk(&self) -> bool {
        self.disk
    }

    /// The parcel at this place is on disk now.
    pub(super) fn shelved(&mut self, place: usize) {
        if let Some(waits) = self.parcels.get(place)
            && waits.carried
        {
            (self.disk, self.moved) = (true, Some(waits.number));
        }
        self.forget(place);
    }

    /// Drops the oldest parcel that is not on its way; false if there is none.
    pub(super) fn drop_oldest(&mut self, reason: &str) -> bool {
        let oldest = self.parcels.iter().position(|waits| !waits.carried);
        let dropped = oldest.and_then(|place| self.forget(place));
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
            self.health.refused = self.health.refused.saturating_add(spans);
            self.lose(spans, reason);
        }
    }

    pub(super) fn lose(&mut self, spans: u64, reason: &str) {
        self.lost = self.lost.saturating_add(spans);
        self.health.last_error = Some(reason.to_owned());
    }

    pub(super) fn report(&self) -> Report {
        let waiting = self.health.waiting.saturating_add(self.health.spooled);
        let kept = if self.closed { self.health.spooled } else { 0 };
        let reason = self.health.last_error.clone().or_else(|| (waiting > 0).then(|| Self::STILL.to_owned()));
        Report { lost: self.lost, waiting, kept, reason }
    }

    /// Spans that nobody sends any more.
    pub(super) fn abandon(&mut self, spans: u64, reason: &str) {
        self.health.abandoned = self.health.abandoned.saturating_add(spans);
        self.lose(spans, reason);
    }

    fn place(&self, number: u64) -> Option<usize> {
        self.parcels.iter().position(|waits| waits.number == number)
    }

    fn forget(&mut self, place: usize) -> Option<u64> {
        let Numbered { parcel, .. } = self.parcels.remove(place)?;
        self.health.waiting -= parcel.spans;
        self.health.waiting_bytes -= parcel.bytes;
        Some(parcel.spans)
    }
}
