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
        self.length(tag, bytes.len());
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
        let length = self.0.len() - start;
        match (short(length), self.0.get_mut(start - 1)) {
            (Some(byte), Some(place)) => *place = byte,
            _ => self.make_room(start, length),
        }
    }

    fn make_room(&mut self, start: usize, length: usize) {
        let (digits, count) = digits(length as u64);
        self.0.extend_from_slice(digits.get(1..count).unwrap_or_default());
        self.0.copy_within(start..start + length, start + count - 1);
        let place = self.0.iter_mut().skip(start - 1);
        place.zip(digits).take(count).for_each(|(byte, digit)| *byte = digit);
    }

    /// A message of two fields: a text, and a message that has nothing but a text. As a `KeyValue` is, most of the time.
    pub(super) fn pair(&mut self, tag: u32, key: &str, value: &str) {
        let inner = 2 + value.len();
        let whole = 2 + key.len() + 2 + inner;
        let Some(whole) = short(whole).filter(|_| !key.is_empty()) else {
            return self.message(tag, |fields| {
                fields.text(1, key);
                fields.message(2, |fields| fields.present_bytes(1, value.as_bytes()));
            });
        };
        let [one, two] = [1, 2].map(|tag| (tag << 3 | DELIMITED) as u8);
        self.key(tag, DELIMITED);
        self.0.extend_from_slice(&[whole, one, key.len() as u8]);
        self.0.extend_from_slice(key.as_bytes());
        self.0.extend_from_slice(&[two, inner as u8, one, value.len() as u8]);
        self.0.extend_from_slice(value.as_bytes());
    }

    /// What goes before a message, or bytes, of this length.
    pub(super) fn length(&mut self, tag: u32, length: usize) {
        self.key(tag, DELIMITED);
        self.varint(length as u64);
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

/// What a message of this length takes, with what goes before it, where its tag is below 16.
pub(super) fn delimited(length: usize) -> usize {
    1 + digits(length as u64).1 + length
}

/// A number that is written in one byte.
fn short(number: usize) -> Option<u8> {
    u8::try_from(number).ok().filter(|byte| *byte < 0x80)
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
