//! What waits for one destination, in the order it came, within bounds.

use std::{
    collections::VecDeque,
    mem,
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use super::{
    health::DestinationHealth,
    parcel::{Cargo, Parcel},
};

/// Parcels of one destination. The first one stays in its place while it is carried, so that it is counted as
/// waiting until somebody has said what became of it.
#[derive(Debug)]
pub(super) struct Outbox {
    limit: usize,
    state: Mutex<State>,
    filled: Notify,
    emptied: Notify,
    hurried: Notify,
}

#[derive(Debug, Default)]
struct State {
    parcels: VecDeque<Parcel>,
    /// The first one is on its way.
    carried: bool,
    closed: bool,
    health: DestinationHealth,
    /// Spans lost since the last report.
    lost: u64,
}

impl Outbox {
    /// `limit` is in bytes.
    pub(super) fn new(name: &str, limit: usize) -> Self {
        let health = DestinationHealth { name: name.to_owned(), ..DestinationHealth::default() };
        let state = Mutex::new(State { health, ..State::default() });
        let (filled, emptied, hurried) = (Notify::new(), Notify::new(), Notify::new());
        Self { limit, state, filled, emptied, hurried }
    }

    /// Takes a parcel in. Where there is no room, the oldest ones that are not on their way are dropped and
    /// counted.
    pub(super) fn put(&self, parcel: Parcel) {
        let mut state = self.state();
        while state.health.waiting_bytes + parcel.bytes > self.limit {
            let Some(oldest) = state.evict() else { break };
            state.health.overflowed += oldest.spans;
            state.lose(oldest.spans, "too much waits for it: the oldest spans are dropped");
        }
        if state.closed || (state.health.waiting_bytes + parcel.bytes > self.limit) {
            state.health.overflowed += parcel.spans;
            return state.lose(parcel.spans, "too much waits for it: spans are dropped");
        }
        state.health.waiting += parcel.spans;
        state.health.waiting_bytes += parcel.bytes;
        state.parcels.push_back(parcel);
        drop(state);
        self.filled.notify_one();
    }

    /// Spans that no parcel can hold.
    pub(super) fn too_long(&self, spans: u64) {
        let mut state = self.state();
        state.health.too_long += spans;
        state.lose(spans, "a span is longer than a message may be");
    }

    /// The first parcel, as soon as there is one; none when there will be no more.
    pub(super) async fn next(&self) -> Option<Cargo> {
        loop {
            {
                let mut state = self.state();
                if state.closed {
                    return None;
                }
                if let Some(first) = state.parcels.front_mut() {
                    let cargo = match &mut first.cargo {
                        Cargo::Message(message) => Cargo::Message(message.clone()),
                        Cargo::Spans(spans) => Cargo::Spans(mem::take(spans)),
                    };
                    state.carried = true;
                    return Some(cargo);
                }
            }
            self.filled.notified().await;
        }
    }

    /// The parcel on its way has arrived, but for so many of its spans.
    pub(super) fn accepted(&self, refused: u64, reason: Option<&str>) {
        let mut state = self.state();
        if let Some(parcel) = state.shift() {
            state.health.sent += parcel.spans.saturating_sub(refused);
            state.health.reachable = true;
            state.refuse(refused, reason.unwrap_or_default());
        }
        self.told(state);
    }

    /// The parcel on its way will never be taken.
    pub(super) fn refused(&self, reason: &str) {
        let mut state = self.state();
        if let Some(parcel) = state.shift() {
            state.refuse(parcel.spans, reason);
        }
        self.told(state);
    }

    /// The parcel on its way waits for another time.
    pub(super) fn later(&self, reason: &str) {
        let mut state = self.state();
        state.carried = false;
        state.health.retries += 1;
        state.health.reachable = false;
        state.health.last_error = Some(reason.to_owned());
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
        if self.state().health.waiting > 0 {
            self.hurried.notify_waiters();
        }
    }

    /// Resolves when nothing waits any more.
    pub(super) async fn settled(&self) {
        loop {
            let mut emptied = pin!(self.emptied.notified());
            emptied.as_mut().enable();
            if self.state().parcels.is_empty() {
                return;
            }
            emptied.await;
        }
    }

    /// Takes in no more. What waits is lost, and counted.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        let waiting = mem::take(&mut state.health.waiting);
        state.health.waiting_bytes = 0;
        state.parcels.clear();
        if waiting > 0 {
            state.health.abandoned += waiting;
            let reason = state.health.last_error.clone();
            state.lose(waiting, reason.as_deref().unwrap_or("the collector has not answered in time"));
        }
        drop(state);
        self.filled.notify_one();
        self.emptied.notify_waiters();
    }

    /// Spans that were lost since the last time, and those that wait; with the latest reason.
    pub(super) fn report(&self) -> (u64, Option<String>) {
        let mut state = self.state();
        let waiting = state.health.waiting;
        let undelivered = mem::take(&mut state.lost) + waiting;
        let still = || "the collector has not answered in time".to_owned();
        let reason = state.health.last_error.clone().or_else(|| (waiting > 0).then(still));
        (undelivered, reason.filter(|_| undelivered > 0))
    }

    pub(super) fn health(&self) -> DestinationHealth {
        self.state().health.clone()
    }

    fn told(&self, state: MutexGuard<'_, State>) {
        let empty = state.parcels.is_empty();
        drop(state);
        if empty {
            self.emptied.notify_waiters();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The oldest parcel that is not on its way.
    fn evict(&mut self) -> Option<Parcel> {
        let evicted = self.parcels.remove(usize::from(self.carried))?;
        self.forget(&evicted);
        Some(evicted)
    }

    /// The parcel on its way; none if it has been given up meanwhile.
    fn shift(&mut self) -> Option<Parcel> {
        self.carried = false;
        let first = self.parcels.pop_front()?;
        self.forget(&first);
        Some(first)
    }

    fn forget(&mut self, parcel: &Parcel) {
        self.health.waiting -= parcel.spans;
        self.health.waiting_bytes -= parcel.bytes;
    }

    fn refuse(&mut self, spans: u64, reason: &str) {
        if spans > 0 {
            self.health.refused += spans;
            self.lose(spans, reason);
        }
    }

    fn lose(&mut self, spans: u64, reason: &str) {
        self.lost += spans;
        self.health.last_error = Some(reason.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn parcel(spans: u64, bytes: usize) -> Parcel {
        Parcel { spans, bytes, cargo: Cargo::Message(Bytes::from(vec![0; bytes])) }
    }

    #[tokio::test]
    async fn a_parcel_waits_until_somebody_has_taken_it() {
        let outbox = Outbox::new("o", 100);
        outbox.put(parcel(2, 10));
        for _ in 0..2 {
            assert!(outbox.next().await.is_some());
            outbox.later("down");
        }
        assert_eq!(outbox.report(), (2, Some("down".to_owned())));
        outbox.next().await;
        outbox.accepted(0, None);
        outbox.settled().await;
        let health = outbox.health();
        assert_eq!((health.sent, health.retries, health.waiting, health.waiting_bytes), (2, 2, 0, 0));
        assert_eq!(outbox.report(), (0, None));
    }

    #[tokio::test]
    async fn the_oldest_go_first_where_there_is_no_room_but_never_the_one_on_its_way() {
        let outbox = Outbox::new("o", 30);
        outbox.put(parcel(1, 10));
        outbox.next().await;
        outbox.put(parcel(2, 10));
        outbox.put(parcel(4, 10));
        outbox.put(parcel(8, 20));
        assert_eq!(outbox.health().overflowed, 2 + 4);
        assert_eq!(outbox.health().waiting, 1 + 8);
        outbox.put(parcel(16, 31));
        assert_eq!((outbox.health().overflowed, outbox.health().waiting), (2 + 4 + 8 + 16, 1));
        assert_eq!(outbox.report().0, 31, "all that is not delivered is told");
        assert_eq!(outbox.report().0, 1, "what is lost is told once");
    }

    #[tokio::test]
    async fn what_is_refused_is_counted_and_makes_room() {
        let outbox = Outbox::new("o", 30);
        outbox.put(parcel(3, 10));
        outbox.next().await;
        outbox.refused("wrong key");
        outbox.put(parcel(5, 10));
        outbox.next().await;
        outbox.accepted(2, Some("too old"));
        assert_eq!((outbox.health().refused, outbox.health().sent), (5, 3));
        assert_eq!(outbox.report(), (5, Some("too old".to_owned())));
    }

    #[tokio::test]
    async fn what_waits_when_it_closes_is_lost_and_counted() {
        let outbox = Outbox::new("o", 30);
        outbox.put(parcel(3, 10));
        outbox.close();
        assert!(outbox.next().await.is_none());
        outbox.put(parcel(1, 1));
        assert_eq!(outbox.report().0, 4);
    }
}
