//! What is known of the files without reading them again.

use std::collections::VecDeque;

/// A file that holds a batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) number: u64,
    pub(super) spans: u64,
    /// What it takes of the disk.
    pub(super) bytes: u64,
}

/// From the oldest to the newest.
#[derive(Debug, Default)]
pub(super) struct Index {
    entries: VecDeque<Entry>,
    /// The number of the next file.
    pub(super) next: u64,
    pub(super) spans: u64,
    pub(super) bytes: u64,
}

impl Index {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn first(&self) -> Option<Entry> {
        self.entries.front().copied()
    }

    /// From the oldest to the newest.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        self.entries.iter().copied()
    }

    pub(super) fn append(&mut self, entry: Entry) {
        self.next = self.next.max(entry.number + 1);
        self.spans = self.spans.saturating_add(entry.spans);
        self.bytes = self.bytes.saturating_add(entry.bytes);
        self.entries.push_back(entry);
    }

    pub(super) fn remove(&mut self, place: usize) -> Option<Entry> {
        let entry = self.entries.remove(place)?;
        self.spans = self.spans.saturating_sub(entry.spans);
        self.bytes = self.bytes.saturating_sub(entry.bytes);
        Some(entry)
    }

    /// Whether so many bytes more are within the limit.
    pub(super) fn fits(&self, bytes: u64, limit: u64) -> bool {
        self.bytes.saturating_add(bytes) <= limit
    }
}
