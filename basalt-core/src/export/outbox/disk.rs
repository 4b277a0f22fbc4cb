//! The older part of what waits: on disk, if there is a spool.

use std::{
    io,
    sync::{MutexGuard, PoisonError},
};

use super::Outbox;
use crate::export::{parcel::Cargo, spool::Spool, waiting::Ticket};

impl Outbox {
    /// The oldest parcel in memory goes to disk. The one on its way too, and is first there, so that the order stays.
    /// None if there is no parcel or no spool.
    pub(super) fn shelve_oldest(&self) -> Option<Result<(), String>> {
        self.spooling(|spool| {
            let ((place, parcel), carried) = {
                let waiting = self.waiting();
                (waiting.to_shelve()?, waiting.is_carried_from_disk())
            };
            let kept = spool.keep(&parcel, carried);
            if kept.is_ok() {
                self.waiting().shelved(place);
            }
            Some(kept)
        })?
    }

    /// Where a destination does not answer, what waits in memory goes to disk while there is time, as far as there is
    /// room.
    pub(in crate::export) fn shelve_unreachable(&self) {
        let away = {
            let waiting = self.waiting();
            waiting.health.retries > 0 && !waiting.health.reachable
        };
        while away && self.has_room_on_disk() {
            match self.shelve_oldest() {
                Some(Ok(())) => {}
                Some(Err(_)) | None => return,
            }
        }
    }

    fn has_room_on_disk(&self) -> bool {
        let next = self.waiting().to_shelve().map(|(_, parcel)| parcel.bytes);
        next.is_some_and(|bytes| self.spool().as_ref().is_some_and(|spool| spool.has_room(bytes)))
    }

    pub(super) fn carry_from_disk(&self) -> io::Result<Option<(Ticket, Cargo)>> {
        let first = self.spooling(|spool| {
            spool.look_now_and_then();
            spool.first()
        });
        let message = first.transpose()?.flatten();
        Ok(message.map(|message| (self.waiting().carry_from_disk(), Cargo::Message(message))))
    }

    /// Does something with the spool, if there is one, and writes down what came of it.
    pub(super) fn spooling<T>(&self, act: impl FnOnce(&mut Spool) -> T) -> Option<T> {
        let mut spool = self.spool();
        let spool = spool.as_mut()?;
        let done = act(spool);
        let mut waiting = self.waiting();
        let (lost, reason) = spool.tell(&mut waiting.health);
        if lost > 0 {
            waiting.overflow(lost, &reason);
        }
        Some(done)
    }

    pub(super) fn spool(&self) -> MutexGuard<'_, Option<Spool>> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
