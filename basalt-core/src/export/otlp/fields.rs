//! Protobuf, as far as writing goes. Source: protobuf.dev, "Encoding".

/// The fields of a message, one behind the other. As proto3 has it, what is zero or empty is not written.
#[derive(Debug, Default)]
pub(super) struct Fields(pub(super) Vec<u8>);

const VARINT: u32 = 0;
const FIXED_64: u32 = 1;
const DELIMITED: u32 = 2;
const FIXED_32: u32 = 5;

impl Fields {
    pub(super) fn text(&mut self, tag: u32, text: &str) {
        self.bytes(tag, text.as_bytes());
    }

    pub(super) fn bytes(&mut self, tag: u32, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.present_bytes(tag, bytes);
        }
    }

    /// Also if there are none, as the choice of a `oneof`.
    pub(super) fn present_bytes(&mut self, tag: u32, bytes: &[u8]) {
        self.key(tag, DELIMITED);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn number(&mut self, tag: u32, number: u64) {
        if number > 0 {
            self.present_number(tag, number);
        }
    }

    /// Also if it is zero, as the choice of a `oneof`.
    pub(super) fn present_number(&mut self, tag: u32, number: u64) {
        self.key(tag, VARINT);
        self.varint(number);
    }

    pub(super) fn fixed_64(&mut self, tag: u32, number: u64) {
        if number > 0 {
            self.present_fixed_64(tag, number);
        }
    }

    /// Also if it is zero, as the choice of a `oneof`.
    pub(super) fn present_fixed_64(&mut self, tag: u32, number: u64) {
        self.key(tag, FIXED_64);
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    pub(super) fn fixed_32(&mut self, tag: u32, number: u32) {
        if number > 0 {
            self.key(tag, FIXED_32);
            self.0.extend_from_slice(&number.to_le_bytes());
        }
    }

    /// A message in this one. Its length is known when it is written: there is room for one byte of it, and what is
    /// longer moves on.
    pub(super) fn message(&mut self, tag: u32, write: impl FnOnce(&mut Self)) {
        self.key(tag, DELIMITED);
        let start = self.0.len() + 1;
        self.0.push(0);
        write(self);
        let end = self.0.len();
        let length = (end - start) as u64;
        let (digits, count) = digits(length);
        if count > 1 {
            self.0.extend_from_slice(digits.get(1..count).unwrap_or_default());
            self.0.copy_within(start..end, start + count - 1);
        }
        let place = self.0.iter_mut().skip(start - 1);
        place.zip(digits).take(count).for_each(|(byte, digit)| *byte = digit);
    }

    /// A message whose fields are written already.
    pub(super) fn written(&mut self, tag: u32, length: usize, parts: &[&[u8]]) {
        self.key(tag, DELIMITED);
        self.varint(length as u64);
        parts.iter().for_each(|part| self.0.extend_from_slice(part));
    }

    fn key(&mut self, tag: u32, kind: u32) {
        self.varint(u64::from(tag << 3 | kind));
    }

    fn varint(&mut self, number: u64) {
        match u8::try_from(number) {
            Ok(byte @ 0..0x80) => self.0.push(byte),
            _ => {
                let (digits, count) = digits(number);
                self.0.extend(digits.into_iter().take(count));
            }
        }
    }
}

/// Seven bits at a time, the lowest first.
fn digits(mut number: u64) -> ([u8; 10], usize) {
    let (mut digits, mut count) = ([0; 10], 0);
    for digit in &mut digits {
        count += 1;
        *digit = number as u8 & 0x7f;
        number >>= 7;
        if number == 0 {
            break;
        }
        *digit |= 0x80;
    }
    (digits, count)
}
