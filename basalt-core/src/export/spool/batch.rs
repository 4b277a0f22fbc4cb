//! One batch as a file: a header, and the message as it is sent.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
};

use bytes::Bytes;

/// The last byte is the version.
const MAGIC: [u8; 8] = *b"basalt\0\x01";
/// Longer than any message: what claims more was not written by us.
const LONGEST: u64 = 16 * 1024 * 1024;

/// Magic, spans, length, checksum of the message, checksum of all this: numbers are little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Header {
    spans: u64,
    length: u64,
    checksum: u32,
}

impl Header {
    const LENGTH: usize = 32;

    fn of(spans: u64, message: &[u8]) -> Self {
        Self { spans, length: message.len() as u64, checksum: crc32fast::hash(message) }
    }

    fn bytes(self) -> Vec<u8> {
        let Self { spans, length, checksum } = self;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(spans.to_le_bytes());
        bytes.extend(length.to_le_bytes());
        bytes.extend(checksum.to_le_bytes());
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    fn parse(bytes: &[u8; Self::LENGTH]) -> Option<Self> {
        let (fields, sum) = bytes.split_last_chunk()?;
        let (spans, rest) = fields.strip_prefix(&MAGIC)?.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let header = Self {
            spans: u64::from_le_bytes(*spans),
            length: u64::from_le_bytes(*length),
            checksum: u32::from_le_bytes(*rest.first_chunk()?),
        };
        let sum_is_right = crc32fast::hash(fields) == u32::from_le_bytes(*sum);
        // No span takes less than a byte.
        let possible = header.length <= LONGEST && header.spans <= header.length;
        (sum_is_right && possible).then_some(header)
    }
}

/// What the file of a message takes of the disk, where blocks have four KiB.
pub(super) fn footprint(message: u64) -> u64 {
    message.saturating_add(Header::LENGTH as u64).next_multiple_of(4096)
}

/// Writes a whole file, as far as the disk.
pub(super) fn write(mut file: File, spans: u64, message: &[u8]) -> io::Result<()> {
    file.write_all(&Header::of(spans, message).bytes())?;
    file.write_all(message)?;
    file.sync_all()
}

/// What a file is, by its header and its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// A batch: its spans, and what it takes of the disk.
    Whole { spans: u64, bytes: u64 },
    /// A batch that was cut, or that something was added to. The header says how many spans it had.
    Damaged { spans: u64 },
    /// No batch of ours.
    Foreign,
}

pub(super) fn peek(path: &Path) -> io::Result<Found> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut bytes = [0; Header::LENGTH];
    if length < Header::LENGTH as u64 {
        return Ok(Found::Foreign);
    }
    file.read_exact(&mut bytes)?;
    let Some(Header { spans, length: message, .. }) = Header::parse(&bytes) else {
        return Ok(Found::Foreign);
    };
    Ok(match message + Header::LENGTH as u64 == length {
        true => Found::Whole { spans, bytes: footprint(message) },
        false => Found::Damaged { spans },
    })
}

/// The message in a file; none if it is not what was written.
pub(super) fn read(path: &Path) -> io::Result<Option<Bytes>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST + Header::LENGTH as u64 + 1).read_to_end(&mut bytes)?;
    let mut bytes = Bytes::from(bytes);
    let Some(header) = bytes.first_chunk().and_then(Header::parse) else { return Ok(None) };
    let message = bytes.split_off(Header::LENGTH);
    let intact = message.len() as u64 == header.length && crc32fast::hash(&message) == header.checksum;
    Ok(intact.then_some(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> [u8; Header::LENGTH] {
        Header::of(7, b"message").bytes().try_into().unwrap()
    }

    #[test]
    fn a_header_is_read_as_it_was_written() {
        assert_eq!(Header::parse(&header()), Some(Header::of(7, b"message")));
    }

    #[test]
    fn one_wrong_bit_anywhere_in_a_header_is_seen() {
        for bit in 0..Header::LENGTH * 8 {
            let mut bytes = header();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Header::parse(&bytes), None, "bit {bit}");
        }
    }

    #[test]
    fn a_length_or_a_number_of_spans_that_no_message_has_is_not_believed() {
        for (spans, length) in [(1, u64::MAX), (8, 7), (u64::MAX, 7), (u64::MAX, LONGEST), (1, 0)] {
            let header = Header { spans, length, checksum: 0 };
            assert_eq!(Header::parse(&header.bytes().try_into().unwrap()), None, "{spans} {length}");
        }
    }
}
