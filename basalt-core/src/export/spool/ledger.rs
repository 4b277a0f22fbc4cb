//! What became of a spool's batches: counted, and said in one line per change.

use std::{io, mem};

use super::directory::{Directory, Stranger};
use crate::foreign;

/// Why spans in a damaged file are lost.
pub(super) const DAMAGED: &str = "a batch on disk was damaged";

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Condition {
    #[default]
    Well,
    Full,
    Failing,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    destination: String,
    condition: Condition,
    /// Files put aside since the start.
    pub(super) corrupted: u64,
    /// Spans lost since somebody has asked, and why.
    lost: (u64, String),
}

impl Ledger {
    pub(super) fn new(destination: &str) -> Self {
        Self { destination: destination.to_owned(), ..Self::default() }
    }

    pub(super) fn lose(&mut self, spans: u64, reason: &str) {
        self.lost = (self.lost.0.saturating_add(spans), reason.to_owned());
    }

    /// Once.
    pub(super) fn lost(&mut self) -> (u64, String) {
        mem::take(&mut self.lost)
    }

    /// The disk does again what it should, and there is room.
    pub(super) fn well(&mut self) {
        let destination = &self.destination;
        if self.condition == Condition::Failing {
            foreign::caught(|| tracing::info!(target: "basalt", destination, "the spool can be used again"));
        }
        self.condition = Condition::Well;
    }

    pub(super) fn full(&mut self) {
        let destination = &self.destination;
        if self.condition != Condition::Full {
            foreign::caught(
                || tracing::warn!(target: "basalt", destination, "the spool is full: the oldest spans are dropped"),
            );
        }
        self.condition = Condition::Full;
    }

    /// Says what to tell of spans that are lost by it.
    pub(super) fn failing(&mut self, error: &io::Error) -> String {
        let (destination, reason) = (&self.destination, error.to_string());
        if self.condition != Condition::Failing {
            foreign::caught(
                || tracing::error!(target: "basalt", destination, reason, "the spool fails: what it cannot keep is dropped"),
            );
        }
        self.condition = Condition::Failing;
        format!("the spool fails: {reason}")
    }

    /// Puts a file aside that is no batch of ours, or no whole one, and counts the spans that were in it.
    pub(super) fn put_stranger_aside(&mut self, directory: &Directory, stranger: &Stranger) {
        // One that stays where it is is found again.
        if self.put_aside(directory.put_aside(&stranger.name)) && stranger.spans > 0 {
            self.lose(stranger.spans, DAMAGED);
        }
    }

    /// What became of a file that is no batch of ours, or no longer.
    /// Whether it is out of the way.
    pub(super) fn put_aside(&mut self, done: io::Result<()>) -> bool {
        let destination = &self.destination;
        match done {
            Ok(()) => self.corrupted += 1,
            Err(error) => {
                self.failing(&error);
                return false;
            }
        }
        if self.corrupted == 1 {
            foreign::caught(
                || tracing::warn!(target: "basalt", destination, "a damaged or foreign file in the spool is put aside"),
            );
        }
        true
    }
}
