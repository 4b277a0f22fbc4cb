//! What waits for one destination, in the order it came, within bounds.

mod disk;

use std::{
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use super::{
    health::DestinationHealth,
    parcel::{Cargo, Parcel},
    spool::{LOOK, Spool},
    waiting::{Collected, Report, Ticket, Waiting},
};

const CROWDED: &str = "too much waits for it: the oldest spans are dropped";
/// Before a file is read again that could not be read.
const UNREADABLE: Duration = Duration::from_secs(1);

/// Parcels of one destination: the older ones on disk, if there is a spool, the newer ones in memory. One that is
/// carried stays in its place, so that it is counted as waiting until somebody has said what became of it.
#[derive(Debug)]
pub(super) struct Outbox {
    limit: usize,
    /// Only the delivery thread comes here, because it may take the disk's time. Locked before the other.
    spool: Mutex<Option<Spool>>,
    waiting: Mutex<Waiting>,
    filled: Notify,
    /// Something has left.
    progressed: Notify,
    hurried: Notify,
}

impl Outbox {
    /// `limit` is in bytes, of memory.
    pub(super) fn new(name: &str, limit: usize, spool: Option<Spool>) -> Self {
        let waiting = Mutex::new(Waiting::new(name));
        let (filled, progressed, hurried) = (Notify::new(), Notify::new(), Notify::new());
        let outbox = Self { limit, spool: Mutex::new(spool), waiting, filled, progressed, hurried };
        outbox.spooling(|_| ());
        outbox
    }

    /// Takes a parcel in. Where there is no room, the oldest ones go to disk, or else those that are not on
    /// their way are dropped and counted.
    pub(super) fn put(&self, parcel: Parcel) {
        while !self.fits(&parcel) && self.evict() {
            self.progressed.notify_waiters();
        }
        let fits = self.fits(&parcel);
        let mut waiting = self.waiting();
        if waiting.closed || !fits {
            return waiting.overflow(parcel.spans, "too much waits for it: spans are dropped");
        }
        waiting.push(parcel);
        drop(waiting);
        self.filled.notify_one();
    }

    /// Spans that no parcel can hold.
    pub(super) fn too_long(&self, spans: u64) {
        let mut waiting = self.waiting();
        waiting.health.too_long += spans;
        waiting.lose(spans, "a span is longer than a message may be");
    }

    /// The first parcel that is not on its way, as soon as there is one; none when there will be no more. Those on disk
    /// are carried one by one, when nothing else is.
    pub(super) async fn next(&self) -> Option<(Ticket, Cargo)> {
        loop {
            let (closed, carried) = {
                let waiting = self.waiting();
                (waiting.closed, waiting.is_carried())
            };
            if closed {
                return None;
            }
            if !carried {
                match self.carry_from_disk() {
                    Ok(None) => {}
                    Ok(cargo) => return cargo,
                    Err(_) => {
                        tokio::time::sleep(UNREADABLE).await;
                        continue;
                    }
                }
            }
            let cargo = self.carry_from_memory();
            if cargo.is_some() {
                return cargo;
            }
            self.idle().await;
        }
    }

    /// What is on disk comes first.
    fn carry_from_memory(&self) -> Option<(Ticket, Cargo)> {
        let mut waiting = self.waiting();
        if waiting.health.spool_bytes > 0 { None } else { waiting.carry() }
    }

    /// A parcel on its way has arrived, but for so many of its spans: for all of them, if a collector says that it has
    /// refused more.
    pub(super) fn accepted(&self, ticket: Ticket, refused: u64, reason: Option<&str>) {
        let arrived = self.collect(ticket);
        let mut waiting = self.waiting();
        if let Some(spans) = arrived {
            let refused = refused.min(spans);
            waiting.health.sent = waiting.health.sent.saturating_add(spans - refused);
            waiting.health.reachable = true;
            waiting.refuse(refused, reason.unwrap_or_default());
        }
        drop(waiting);
        self.progressed.notify_waiters();
    }

    /// A parcel on its way will never be taken.
    pub(super) fn refused(&self, ticket: Ticket, reason: &str) {
        let refused = self.collect(ticket);
        self.waiting().refuse(refused.unwrap_or_default(), reason);
        self.progressed.notify_waiters();
    }

    /// A parcel on its way waits for another time.
    pub(super) fn later(&self, ticket: Ticket, reason: &str) {
        let mut waiting = self.waiting();
        waiting.put_back(ticket);
        waiting.health.retries += 1;
        waiting.health.reachable = false;
        waiting.health.last_error = Some(reason.to_owned());
    }

    /// The number that the next parcel will have.
    pub(super) fn next_number(&self) -> u64 {
        self.waiting().next()
    }

    /// Whether all that came before this number has left.
    pub(super) fn is_past(&self, number: u64) -> bool {
        self.waiting().is_past(number)
    }

    /// Waits as long as the destination has asked for, or else as long as we see fit, unless somebody is in a
    /// hurry.
    pub(super) async fn pause(&self, asked: Option<Duration>, otherwise: Duration) {
        match asked {
            Some(asked) => tokio::time::sleep(asked).await,
            None => {
                let _ = tokio::time::timeout(otherwise, self.hurried.notified()).await;
            }
        }
    }

    /// Somebody waits for all to be delivered: the next attempt is now.
    pub(super) fn hurry(&self) {
        if !self.waiting().is_settled() {
            self.hurried.notify_waiters();
        }
    }

    /// Resolves when nothing waits any more of what came before this number.
    pub(super) async fn settled(&self, before: u64) {
        loop {
            let mut progressed = pin!(self.progressed.notified());
            progressed.as_mut().enable();
            if self.is_past(before) {
                return;
            }
            progressed.await;
        }
    }

    /// Takes in no more. What waits goes to disk, for the next process; what cannot is lost, and counted.
    pub(super) fn close(&self) {
        {
            let mut waiting = self.waiting();
            waiting.closed = true;
            waiting.recall();
        }
        while let Some(kept) = self.shelve_oldest() {
            if let Err(reason) = kept {
                self.waiting().abandon_oldest(&reason);
            }
        }
        self.waiting().abandon_all();
        *self.spool() = None;
        self.filled.notify_one();
        self.progressed.notify_waiters();
    }

    /// Spans that the delivery thread did not get to.
    pub(super) fn abandon(&self, spans: u64) {
        self.waiting().abandon(spans, "the delivery thread did not get to it in time");
    }

    pub(super) fn report(&self) -> Report {
        self.waiting().report()
    }

    pub(super) fn health(&self) -> DestinationHealth {
        self.waiting().health.clone()
    }

    fn fits(&self, parcel: &Parcel) -> bool {
        self.waiting().health.waiting_bytes + parcel.bytes <= self.limit
    }

    /// Makes room in memory; false if there is nothing that could go.
    fn evict(&self) -> bool {
        match self.shelve_oldest() {
            Some(Ok(())) => true,
            Some(Err(reason)) => self.waiting().drop_oldest(&reason),
            None => self.waiting().drop_oldest(CROWDED),
        }
    }

    /// Waits for something to carry.
    async fn idle(&self) {
        self.progressed.notify_waiters();
        let spools = self.spool().is_some();
        if spools {
            let _ = tokio::time::timeout(LOOK, self.filled.notified()).await;
        } else {
            self.filled.notified().await;
        }
    }

    /// A parcel on its way is done with; none if it has been given up meanwhile.
    fn collect(&self, ticket: Ticket) -> Option<u64> {
        let collected = self.waiting().collect(ticket);
        match collected {
            Collected::Nothing => None,
            Collected::Memory(spans) => Some(spans),
            Collected::Disk => self.spooling(Spool::remove_first)?,
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn parcel(spans: u64, bytes: usize) -> Parcel {
        Parcel { spans, bytes, cargo: Cargo::Message(Bytes::from(vec![0; bytes])) }
    }

    async fn carry(outbox: &Outbox) -> Ticket {
        outbox.next().await.unwrap().0
    }

    fn report(outbox: &Outbox) -> (u64, Option<String>) {
        let Report { lost, waiting, reason, .. } = outbox.report();
        (lost + waiting, reason)
    }

    #[tokio::test]
    async fn a_parcel_waits_until_somebody_has_taken_it() {
        let outbox = Outbox::new("o", 100, None);
        outbox.put(parcel(2, 10));
        for _ in 0..2 {
            let ticket = carry(&outbox).await;
            outbox.later(ticket, "down");
        }
        assert_eq!(report(&outbox), (2, Some("down".to_owned())));
        let ticket = carry(&outbox).await;
        outbox.accepted(ticket, 0, None);
        outbox.settled(outbox.next_number()).await;
        let health = outbox.health();
        assert_eq!((health.sent, health.retries, health.waiting, health.waiting_bytes), (2, 2, 0, 0));
        assert_eq!(report(&outbox).0, 0);
    }

    #[tokio::test]
    async fn the_oldest_go_first_where_there_is_no_room_but_never_the_one_on_its_way() {
        let outbox = Outbox::new("o", 30, None);
        outbox.put(parcel(1, 10));
        carry(&outbox).await;
        outbox.put(parcel(2, 10));
        outbox.put(parcel(4, 10));
        outbox.put(parcel(8, 20));
        assert_eq!(outbox.health().overflowed, 2 + 4);
        assert_eq!(outbox.health().waiting, 1 + 8);
        outbox.put(parcel(16, 31));
        assert_eq!((outbox.health().overflowed, outbox.health().waiting), (2 + 4 + 8 + 16, 1));
        assert_eq!((outbox.report().lost, outbox.report().waiting), (30, 1));
    }

    #[tokio::test]
    async fn parcels_side_by_side_are_told_apart_in_whatever_order_answers_come() {
        let outbox = Outbox::new("o", 100, None);
        for spans in [1, 2, 4, 8] {
            outbox.put(parcel(spans, 10));
        }
        let (first, second, third) = (carry(&outbox).await, carry(&outbox).await, carry(&outbox).await);
        outbox.accepted(second, 0, None);
        outbox.later(first, "busy");
        outbox.refused(third, "never");
        let health = outbox.health();
        assert_eq!((health.sent, health.refused, health.waiting, health.retries), (2, 4, 1 + 8, 1));
        assert_eq!(carry(&outbox).await, first, "the oldest again");
        outbox.accepted(second, 0, None);
        assert_eq!(outbox.health().sent, 2, "an answer counts once");
        outbox.close();
        outbox.accepted(first, 0, None);
        assert_eq!((outbox.health().sent, outbox.health().abandoned), (2, 1 + 8));
    }

    #[tokio::test]
    async fn what_is_refused_is_counted_and_makes_room() {
        let outbox = Outbox::new("o", 30, None);
        outbox.put(parcel(3, 10));
        let ticket = carry(&outbox).await;
        outbox.refused(ticket, "wrong key");
        outbox.put(parcel(5, 10));
        let ticket = carry(&outbox).await;
        outbox.accepted(ticket, 2, Some("too old"));
        assert_eq!((outbox.health().refused, outbox.health().sent), (5, 3));
        assert_eq!(report(&outbox), (5, Some("too old".to_owned())));
    }

    #[tokio::test]
    async fn a_collector_cannot_refuse_more_than_it_was_sent() {
        let outbox = Outbox::new("o", 30, None);
        for _ in 0..3 {
            outbox.put(parcel(3, 10));
            let ticket = carry(&outbox).await;
            outbox.accepted(ticket, i64::MAX as u64, Some("all of them"));
        }
        assert_eq!((outbox.health().refused, outbox.health().sent), (9, 0));
        assert_eq!(report(&outbox).0, 9);
    }

    #[tokio::test]
    async fn what_waits_when_it_closes_is_lost_and_counted() {
        let outbox = Outbox::new("o", 30, None);
        outbox.put(parcel(3, 10));
        outbox.close();
        assert!(outbox.next().await.is_none());
        outbox.put(parcel(1, 1));
        assert_eq!(report(&outbox).0, 4);
    }
}
