//! How delivery is doing, for those who run the service.

/// A snapshot: [`Basalt::health`](crate::Basalt::health). All numbers count spans since the start, but for what
/// waits now and for values that failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Spans that have ended and wait for the delivery thread, those among them that it is writing.
    pub queued: u64,
    /// Spans that were dropped because the queue was full.
    pub overflowed: u64,
    /// Spans that ended after delivery was shut down.
    pub late: u64,
    /// Spans that could not be written because redaction or another part of delivery panicked.
    pub unwritten: u64,
    /// Values that could not be observed, in this process: their `Display`, `Debug`, `Serialize`, iterator or conversion
    /// failed or panicked. They are written as far as they went, or as `[failed to format]`.
    pub failed_values: u64,
    /// Every destination by itself.
    pub destinations: Vec<DestinationHealth>,
}

/// One destination's part of [`Health`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DestinationHealth {
    /// The URL without its query, or the name it was given; `console` or `exporter`.
    pub name: String,
    /// Whether the latest attempt was answered. False until there was one.
    pub reachable: bool,
    /// Spans that wait in memory, those on their way among them.
    pub waiting: u64,
    /// What these take of memory, in bytes.
    pub waiting_bytes: usize,
    /// Spans that wait on disk, those of earlier processes among them.
    pub spooled: u64,
    /// What these take of the disk, in bytes.
    pub spool_bytes: u64,
    /// Files in the spool that were damaged, or not ours, and were put aside.
    pub corrupted: u64,
    /// Spans that were accepted.
    pub sent: u64,
    /// Attempts that failed and were, or will be, repeated.
    pub retries: u64,
    /// Spans that were dropped because too much waited, in memory or on disk, or because the disk failed.
    pub overflowed: u64,
    /// Spans that the destination refused for good, or its exporter failed to take.
    pub refused: u64,
    /// Spans that were longer than a message may be.
    pub too_long: u64,
    /// Spans that still waited when delivery was shut down.
    pub abandoned: u64,
    /// The latest reason why something failed; it stays when all is well again.
    pub last_error: Option<String>,
}

impl Health {
    /// Spans that are lost: counted once where they reached no destination, and once per destination that lost them.
    #[must_use]
    pub fn lost(&self) -> u64 {
        let of = |one: &DestinationHealth| one.overflowed + one.refused + one.too_long + one.abandoned;
        let queue = self.overflowed + self.late + self.unwritten;
        queue + self.destinations.iter().map(of).sum::<u64>()
    }
}
