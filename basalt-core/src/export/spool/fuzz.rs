//! Fuzz targets: files and directories that somebody else has written.

use std::{
    fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;

use super::{
    Place, Spool,
    batch::{self, Found},
    directory::Directory,
    place::Shelves,
};
use crate::{
    export::{
        health::DestinationHealth,
        parcel::{Cargo, Parcel},
    },
    fuzzing::{Fuzz, kind},
};

/// A directory that is deleted at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("basalt-fuzz-{}-{number}", process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const HEADER: usize = 32;

fn file(spans: u64, length: u64, message: &[u8]) -> Vec<u8> {
    let mut bytes = b"basalt\0\x01".to_vec();
    bytes.extend(spans.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    bytes.extend(crc32fast::hash(message).to_le_bytes());
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    bytes.extend(message);
    bytes
}

/// The bytes with checksums that are right, as somebody who knows the format would write them.
fn sealed(mut bytes: Vec<u8>, message_too: bool) -> Vec<u8> {
    if bytes.len() >= HEADER {
        if message_too {
            let sum = crc32fast::hash(&bytes[HEADER..]).to_le_bytes();
            bytes[24..28].copy_from_slice(&sum);
        }
        let sum = crc32fast::hash(&bytes[..28]).to_le_bytes();
        bytes[28..HEADER].copy_from_slice(&sum);
    }
    bytes
}

/// Spans and message of a file, if it is one that a spool writes.
fn simply(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (header, message) = bytes.split_at_checked(HEADER)?;
    let number = |at: usize| u64::from_le_bytes(header[at..at + 8].try_into().unwrap());
    let whole = file(number(8), number(16), message);
    (whole == bytes && number(16) == message.len() as u64).then(|| (number(8), message))
}

fn peeked_and_read(path: &Path, bytes: &[u8]) -> u64 {
    fs::write(path, bytes).unwrap();
    let (found, read) = (batch::peek(path).unwrap(), batch::read(path).unwrap());
    let expected = simply(bytes).filter(|(spans, message)| *spans <= message.len() as u64);
    assert_eq!(read.as_deref(), expected.map(|(_, message)| message));
    match found {
        Found::Whole { spans, bytes: taken } => {
            assert!(expected.is_none_or(|(expected, _)| expected == spans));
            assert!(spans <= bytes.len() as u64, "{spans} spans in {} bytes", bytes.len());
            assert_eq!(taken, (bytes.len() as u64).next_multiple_of(4096));
            1 + u64::from(read.is_some())
        }
        Found::Damaged { spans } => {
            assert!(read.is_none() && spans <= 16 << 20, "{spans} spans");
            3
        }
        Found::Foreign => {
            assert!(read.is_none());
            4
        }
    }
}

#[test]
fn a_file_is_read_as_it_was_written_or_not_at_all() {
    let mut fuzz = Fuzz::of(
        &["", "rbasalt\0\u{1}", "hbasalt"],
        &["basalt\0\u{1}", "\0\0\0\0\0\0\0\0", "\u{7f}", "message"],
        500,
    );
    for mode in [b"r", b"h", b"m"] {
        for (spans, length) in [(7, 7), (1, 7), (u64::MAX, 7), (1, u64::MAX), (1, 16 << 20), (0, 0)] {
            fuzz.corpus.push([&mode[..], &file(spans, length, b"message")].concat());
        }
    }
    let scratch = Scratch::new();
    let path = scratch.0.join("file");
    fuzz.run(|input| {
        let Some((mode, bytes)) = input.split_first() else { return 0 };
        let bytes = match mode {
            b'm' => sealed(bytes.to_vec(), true),
            b'h' => sealed(bytes.to_vec(), false),
            _ => bytes.to_vec(),
        };
        kind([peeked_and_read(&path, &bytes), bytes.len().min(64) as u64])
    });
}

/// A name that a file can have.
fn name(bytes: &[u8]) -> Option<String> {
    let name: String = String::from_utf8_lossy(bytes).replace(['/', '\0'], "_").chars().take(60).collect();
    (!name.is_empty() && name != "." && name != "..").then_some(name)
}

/// Fills a directory: a line is a file, its first byte what is in it.
fn fill(directory: &Path, input: &[u8]) {
    for line in input.split(|byte| *byte == b'\n').take(12) {
        let Some((content, name)) = line.split_first().and_then(|(first, rest)| Some((first, name(rest)?)))
        else {
            continue;
        };
        let path = directory.join(name);
        // Some names cannot be had, or are there already.
        let _ = match content {
            b'd' => fs::create_dir(&path),
            b'x' => fs::write(&path, "no batch"),
            b'c' => fs::write(&path, file(4, 9, b"message")),
            _ => fs::write(&path, file(1, 7, b"message")),
        };
    }
}

fn listed(path: &Path) -> (usize, usize) {
    let Ok(Some(directory)) = Directory::claim(path.to_owned()) else { return (0, 0) };
    let listing = directory.list().unwrap();
    let numbers: Vec<_> = listing.batches.iter().map(|entry| entry.number).collect();
    assert!(numbers.is_sorted_by(|one, other| one < other), "unique, and in order");
    for number in &numbers {
        assert_eq!(directory.read(*number).unwrap().as_deref(), Some(&b"message"[..]));
    }
    let files = fs::read_dir(path).unwrap().map(Result::unwrap);
    let files =
        files.filter(|file| file.file_name() != "lock" && file.file_type().unwrap().is_file()).count();
    assert_eq!(numbers.len() + listing.strangers.len(), files, "each file is a batch or a stranger");
    (numbers.len(), listing.strangers.len())
}

fn carried(spool: &mut Spool) -> u64 {
    let mut spans = 0;
    while let Some(message) = spool.first().unwrap() {
        assert_eq!(message.as_ref(), b"message");
        spans += spool.remove_first().unwrap();
    }
    spans
}

#[test]
fn whatever_lies_in_a_directory_its_batches_are_sent_and_new_ones_kept() {
    let corpus = [
        "b00000000000000000001.batch\nb00000000000000000007.batch\nc00000000000000000009.batch",
        "b1.batch\nx00000000000000000002.batch\nx00000000000000000003.tmp\nd00000000000000000004.batch",
        "b09223372036854775807.batch\nb18446744073709551615.batch\nb09223372036854775808.batch",
        "daside\nxlock\nx.batch",
        "xaside\nb00000000000000000000.batch",
    ];
    let words: &[&str] = &[
        "\nb",
        "\nx",
        "\nc",
        "\nd",
        ".batch",
        ".tmp",
        "0000000000000000000",
        "18446744073709551615",
        "+0000000000000000001",
        "lock",
        "aside",
        "é",
        ".",
    ];
    Fuzz::of(&corpus, words, 24).run(|input| {
        let scratch = Scratch::new();
        let place = Place { directory: scratch.0.clone(), bytes: 1 << 30 };
        drop(Shelves::claim(&scratch.0, "o").unwrap());
        let shelf = fs::read_dir(&scratch.0).unwrap().next().unwrap().unwrap().path();
        let own = shelf.join("0");
        fill(&own, input);
        let (batches, strangers) = listed(&own);
        let Ok(mut spool) = Spool::open(&place, "o") else { return 0 };
        let mut health = DestinationHealth::default();
        spool.tell(&mut health);
        assert_eq!(health.spooled, batches as u64);
        let message = Bytes::from_static(b"message");
        let new = Parcel { spans: 1, bytes: 7, cargo: Cargo::Message(message) };
        let kept = spool.keep(&new, false).is_ok();
        assert_eq!(carried(&mut spool), batches as u64 + u64::from(kept));
        kind([1, batches as u64, strangers as u64, kept.into()])
    });
}
