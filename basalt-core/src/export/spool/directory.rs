//! A directory of batches that nobody else uses.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File, TryLockError},
    io,
    path::PathBuf,
};

use bytes::Bytes;

use super::{
    batch::{self, Found},
    index::Entry,
    private,
};

const LOCK: &str = "lock";
const ASIDE: &str = "aside";
const BATCH: &str = ".batch";
/// Files that are kept for whoever wants to know what happened to them.
const MOST_ASIDE: usize = 16;

/// More than anybody writes; so counting never comes to its end, and the probe has a number of its own.
const LAST: u64 = u64::MAX / 2;

/// Locked while it lives; the system unlocks it when the process ends, however it does.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    lock: File,
}

/// What lies in a directory.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// From the oldest to the newest.
    pub(super) batches: Vec<Entry>,
    pub(super) strangers: Vec<Stranger>,
}

/// A file that is no batch, or not a whole one.
#[derive(Debug)]
pub(super) struct Stranger {
    pub(super) name: OsString,
    /// How many spans are lost with it, as far as it says so.
    pub(super) spans: u64,
}

impl Directory {
    /// None if somebody else has it.
    pub(super) fn claim(path: PathBuf) -> io::Result<Option<Self>> {
        private::create_directory(&path)?;
        let lock = private::options().create(true).truncate(false).open(path.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { path, lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Whether files can be written, named and removed.
    pub(super) fn probe(&self) -> io::Result<()> {
        self.write(u64::MAX, 0, b"")?;
        self.remove(u64::MAX)
    }

    pub(super) fn list(&self) -> io::Result<Listing> {
        let mut listing = Listing::default();
        for file in fs::read_dir(&self.path)? {
            let file = file?;
            let name = file.file_name();
            if name == LOCK || file.file_type()?.is_dir() {
                continue;
            }
            let number = if file.file_type()?.is_file() { number(&name) } else { None };
            match number.map(|number| (number, batch::peek(&file.path()).unwrap_or(Found::Foreign))) {
                Some((number, Found::Whole { spans, bytes })) => {
                    listing.batches.push(Entry { number, spans, bytes });
                }
                Some((_, Found::Damaged { spans })) => listing.strangers.push(Stranger { name, spans }),
                Some((_, Found::Foreign)) | None => listing.strangers.push(Stranger { name, spans: 0 }),
            }
        }
        listing.batches.sort_by_key(|entry| entry.number);
        Ok(listing)
    }

    /// All of it or nothing: under another name first.
    pub(super) fn write(&self, number: u64, spans: u64, message: &[u8]) -> io::Result<()> {
        let unfinished = self.path.join(format!("{number:020}.tmp"));
        let written = private::options()
            .create_new(true)
            .open(&unfinished)
            .and_then(|file| batch::write(file, spans, message))
            .and_then(|()| fs::rename(&unfinished, self.batch(number)));
        if written.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        written?;
        private::sync_directory(&self.path)
    }

    /// None if it is not what was written.
    pub(super) fn read(&self, number: u64) -> io::Result<Option<Bytes>> {
        batch::read(&self.batch(number))
    }

    pub(super) fn remove(&self, number: u64) -> io::Result<()> {
        fs::remove_file(self.batch(number))
    }

    /// Takes a batch of another one over, under another number.
    pub(super) fn take(&self, other: &Self, theirs: u64, ours: u64) -> io::Result<()> {
        fs::rename(other.batch(theirs), self.batch(ours))
    }

    /// Begins at 0 again where the numbers come near to their end.
    pub(super) fn renumber(&self, batches: &mut [Entry]) -> io::Result<()> {
        if batches.last().is_some_and(|last| last.number > LAST / 2) {
            for (number, entry) in (0..).zip(batches) {
                self.take(self, entry.number, number)?;
                entry.number = number;
            }
        }
        Ok(())
    }

    /// What was taken over stays so.
    pub(super) fn sync(&self) -> io::Result<()> {
        private::sync_directory(&self.path)
    }

    /// Whether it is ours still: somebody may have deleted it, and another process may have made it again.
    pub(super) fn is_ours(&self) -> bool {
        private::is_same(&self.lock, &self.path.join(LOCK))
    }

    pub(super) fn put_batch_aside(&self, number: u64) -> io::Result<()> {
        self.put_aside(OsStr::new(&name(number)))
    }

    /// Out of the way. Where too many lie there already, the one with the first name goes.
    pub(super) fn put_aside(&self, name: &OsStr) -> io::Result<()> {
        let aside = self.path.join(ASIDE);
        private::create_directory(&aside)?;
        let mut there = fs::read_dir(&aside)?.filter_map(Result::ok).collect::<Vec<_>>();
        there.sort_by_key(fs::DirEntry::file_name);
        let surplus = (there.len() + 1).saturating_sub(MOST_ASIDE);
        for file in there.iter().take(surplus) {
            fs::remove_file(file.path())?;
        }
        fs::rename(self.path.join(name), aside.join(name))
    }

    fn batch(&self, number: u64) -> PathBuf {
        self.path.join(name(number))
    }
}

fn name(number: u64) -> String {
    format!("{number:020}{BATCH}")
}

/// None if we would have given another name.
fn number(file: &OsStr) -> Option<u64> {
    let number = file.to_str()?.strip_suffix(BATCH)?.parse().ok().filter(|number| *number <= LAST)?;
    (file == OsStr::new(&name(number))).then_some(number)
}
