//! Batches on disk, from where they are sent when a collector is back, by this process or the next one.

mod batch;
mod directory;
#[cfg(test)]
mod fuzz;
mod index;
mod ledger;
mod place;
mod private;

use std::{
    io, mem,
    time::{Duration, Instant},
};

use bytes::Bytes;

pub(crate) use place::Place;

use super::{
    health::DestinationHealth,
    parcel::{Cargo, Parcel},
};
use directory::{Directory, Listing};
use index::{Entry, Index};
use ledger::{DAMAGED, Ledger};
use place::Shelves;

/// How often somebody looks whether other processes have left batches behind.
pub(super) const LOOK: Duration = Duration::from_secs(30);
/// How often a file is read before it is left to the next process.
const ATTEMPTS: u32 = 3;

const GONE: &str = "a batch has gone from the disk";

/// The batches of one destination, from the oldest to the newest. Every call may wait for the disk.
#[derive(Debug)]
pub(super) struct Spool {
    place: Place,
    destination: String,
    shelves: Shelves,
    own: Directory,
    index: Index,
    ledger: Ledger,
    /// Times the first file could not be read.
    failures: u32,
    looked: Instant,
}

impl Spool {
    /// Finds what was left by earlier processes.
    pub(super) fn open(place: &Place, destination: &str) -> io::Result<Self> {
        let (shelves, own) = Shelves::claim(&place.directory, destination)?;
        let Listing { mut batches, strangers } = own.list()?;
        own.renumber(&mut batches)?;
        let mut ledger = Ledger::new(destination);
        strangers.iter().for_each(|stranger| ledger.put_stranger_aside(&own, stranger));
        own.probe()?;
        let mut index = Index::default();
        batches.into_iter().for_each(|entry| index.append(entry));
        let mut spool = Self {
            place: place.clone(),
            destination: destination.to_owned(),
            shelves,
            own,
            index,
            ledger,
            failures: 0,
            looked: Instant::now(),
        };
        spool.make_room(0, 0);
        spool.look();
        Ok(spool)
    }

    /// How things stand; and how many spans were lost since the last time, and why.
    pub(super) fn tell(&mut self, health: &mut DestinationHealth) -> (u64, String) {
        (health.spooled, health.spool_bytes) = (self.index.spans, self.index.bytes);
        health.corrupted = self.ledger.corrupted;
        self.ledger.lost()
    }

    /// Whether a message of so many bytes is kept without dropping another one.
    pub(super) fn has_room(&self, message: usize) -> bool {
        self.index.fits(batch::footprint(message as u64), self.place.bytes)
    }

    /// Keeps a batch behind all others, or says why not. `carried` says that the first one is on its way, and must
    /// stay.
    pub(super) fn keep(&mut self, parcel: &Parcel, carried: bool) -> Result<(), String> {
        let Cargo::Message(message) = &parcel.cargo else { return Err("it is no message".to_owned()) };
        let (number, bytes) = (self.index.next, batch::footprint(message.len() as u64));
        let fits = self.index.fits(bytes, self.place.bytes);
        if bytes > self.place.bytes || !self.make_room(bytes, usize::from(carried)) {
            self.ledger.full();
            return Err("the spool is full: spans are dropped".to_owned());
        }
        self.index.next += 1;
        let ours = if self.own.is_ours() { Ok(()) } else { self.make_again(carried) };
        let written = ours.and_then(|()| self.own.write(number, parcel.spans, message));
        written.map_err(|error| self.ledger.failing(&error))?;
        self.index.append(Entry { number, spans: parcel.spans, bytes });
        if fits {
            self.ledger.well();
        }
        Ok(())
    }

    /// The oldest batch that can be sent. An error if it may be read another time.
    pub(super) fn first(&mut self) -> io::Result<Option<Bytes>> {
        while let Some(entry) = self.index.first() {
            // What another process has there is not ours to send.
            let read = if self.own.is_ours() {
                self.own.read(entry.number)
            } else {
                Err(io::ErrorKind::NotFound.into())
            };
            match read {
                Ok(Some(message)) => {
                    self.failures = 0;
                    return Ok(Some(message));
                }
                Ok(None) => self.put_first_aside(entry.number),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.lose_first(GONE);
                }
                Err(error) => {
                    let reason = self.ledger.failing(&error);
                    self.failures += 1;
                    if self.failures < ATTEMPTS {
                        return Err(error);
                    }
                    self.lose_first(&reason);
                }
            }
        }
        Ok(None)
    }

    /// Forgets the oldest batch, which was on its way; says how many spans it had.
    pub(super) fn remove_first(&mut self) -> Option<u64> {
        let entry = self.index.remove(0)?;
        let removed = if self.own.is_ours() { self.own.remove(entry.number) } else { Ok(()) };
        match removed {
            Ok(()) => {}
            // Somebody has deleted what was sent anyway.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                self.ledger.failing(&error);
            }
        }
        if self.index.is_empty() {
            self.look();
        }
        Some(entry.spans)
    }

    /// Looks, now and then, whether other processes have left batches behind.
    pub(super) fn look_now_and_then(&mut self) {
        if self.index.is_empty() && self.looked.elapsed() >= LOOK {
            self.look();
        }
    }

    fn look(&mut self) {
        self.looked = Instant::now();
        if let Err(error) = self.adopt() {
            self.ledger.failing(&error);
        }
    }

    /// Takes over, in order, what there is room for; the rest stays where it is.
    fn adopt(&mut self) -> io::Result<()> {
        for other in self.shelves.left()? {
            let Listing { batches, strangers } = other.list()?;
            strangers.iter().for_each(|stranger| self.ledger.put_stranger_aside(&other, stranger));
            for entry in batches {
                if !self.index.fits(entry.bytes, self.place.bytes) {
                    return self.own.sync();
                }
                let number = self.index.next;
                self.own.take(&other, entry.number, number)?;
                self.index.append(Entry { number, ..entry });
            }
        }
        self.own.sync()
    }

    /// Makes the directory again that somebody has deleted. What lay there is lost, but for the batch on its way.
    fn make_again(&mut self, carried: bool) -> io::Result<()> {
        (self.shelves, self.own) = Shelves::claim(&self.place.directory, &self.destination)?;
        let batches = self.own.list()?.batches;
        let is_there = |entry: &Entry| {
            let found = batches.binary_search_by_key(&entry.number, |batch| batch.number).ok();
            found.and_then(|place| batches.get(place)).is_some_and(|batch| batch.spans == entry.spans)
        };
        let lost = mem::take(&mut self.index);
        self.index.next = lost.next;
        for (place, entry) in lost.entries().enumerate().filter(|(_, entry)| !is_there(entry)) {
            if place == 0 && carried {
                self.index.append(entry);
            } else {
                self.ledger.lose(entry.spans, GONE);
            }
        }
        // Only the lock may have gone, or another process may have made the directory first.
        self.index.next = batches.last().map_or(0, |last| last.number + 1).max(self.index.next);
        for entry in batches {
            let number = self.index.next;
            self.own.take(&self.own, entry.number, number)?;
            self.index.append(Entry { number, ..entry });
        }
        Ok(())
    }

    /// Drops the oldest that need not stay, until there is room for so many bytes. False if there is not.
    fn make_room(&mut self, bytes: u64, stay: usize) -> bool {
        while !self.index.fits(bytes, self.place.bytes) {
            let Some(oldest) = self.index.remove(stay) else { return false };
            if self.own.is_ours() {
                let _ = self.own.remove(oldest.number);
            }
            self.ledger.lose(oldest.spans, "the spool is full: the oldest spans are dropped");
            self.ledger.full();
        }
        true
    }

    fn put_first_aside(&mut self, number: u64) {
        let done = self.own.put_batch_aside(number);
        self.ledger.put_aside(done);
        self.lose_first(DAMAGED);
    }

    fn lose_first(&mut self, reason: &str) {
        self.failures = 0;
        if let Some(entry) = self.index.remove(0) {
            self.ledger.lose(entry.spans, reason);
        }
    }
}
