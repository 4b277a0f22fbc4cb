//! Compression of messages with gzip.

use std::io::{Read, Write};

use bytes::Bytes;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};

/// Bytes of a decompressed message, at most: well above what is packed into one.
const LONGEST: u64 = 16 * 1024 * 1024;

/// How every gzip stream begins. A message of OTLP begins with 0x0a.
const MAGIC: &[u8] = &[0x1f, 0x8b];

pub(super) fn is_compressed(message: &[u8]) -> bool {
    message.starts_with(MAGIC)
}

pub(super) fn compress(message: &[u8]) -> Bytes {
    let mut compressed = GzEncoder::new(Vec::with_capacity(message.len() / 4), Compression::fast());
    // Writing to memory does not fail.
    let _ = compressed.write_all(message);
    compressed.finish().unwrap_or_default().into()
}

/// `None` for what is no gzip stream, or one of more than 16 MiB.
pub(super) fn decompress(message: &[u8]) -> Option<Bytes> {
    let mut decompressed = Vec::new();
    GzDecoder::new(message).take(LONGEST + 1).read_to_end(&mut decompressed).ok()?;
    (decompressed.len() as u64 <= LONGEST).then(|| decompressed.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_back_as_it_was_and_a_bomb_does_not() {
        let message = b"\x0a\x05hello".repeat(10_000);
        let compressed = compress(&message);
        assert!(
            is_compressed(&compressed) && !is_compressed(&message) && compressed.len() < message.len() / 10
        );
        assert_eq!(decompress(&compressed).unwrap(), message);
        assert_eq!(decompress(&compressed[..compressed.len() / 2]), None);
        assert_eq!(decompress(MAGIC), None);
        assert_eq!(decompress(&compress(&vec![0; 17 << 20])), None);
    }
}
