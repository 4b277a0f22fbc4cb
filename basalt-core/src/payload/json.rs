//! JSON text with two limits: its bytes and its depth.

use std::io::{self, ErrorKind, Write};

use serde::Serialize;
use serde_json::{Serializer, ser::Formatter};

use super::{
    Serialized,
    limited::{Limited, Limits},
};
use crate::{foreign, text};

/// What stands in the place of a value whose serialization fails before it has written anything.
const FAILED: &[u8] = b"[failed to serialize]";

/// How deep arrays and objects may be nested, so that JSON parsers of others can read it.
const DEPTH: usize = 100;

/// JSON text of a value, as far as it goes.
pub(super) struct Json {
    bytes: Bounded,
    /// False until the whole value has been written.
    whole: bool,
}

impl Json {
    pub(super) fn new(limit: usize) -> Self {
        Self { bytes: Bounded { bytes: Vec::new(), limit }, whole: false }
    }

    /// Writes until the value, or a limit, or the serialization itself ends.
    pub(super) fn write(&mut self, value: &impl Serialize) {
        let limits = Limits::new(usize::MAX, self.bytes.limit.saturating_add(1));
        let mut serializer = Serializer::with_formatter(&mut self.bytes, Nesting { depth: 0 });
        let written = Limited::new(value, &limits).serialize(&mut serializer);
        self.whole = written.is_ok();
        if let Err(error) = written
            && !error.is_io()
            && !limits.exceeded()
        {
            foreign::failed();
            self.fail();
        }
    }

    /// The serialization has failed or panicked: what it wrote stays.
    pub(super) fn fail(&mut self) {
        if self.bytes.bytes.is_empty() {
            self.bytes.bytes.extend_from_slice(FAILED);
        }
    }

    pub(super) fn finish(self) -> Serialized {
        let text = text::from_cut_utf8(self.bytes.bytes, self.bytes.limit);
        Serialized::Json { text, cut: !self.whole }
    }
}

/// Takes bytes up to its limit, then refuses, which ends the serialization.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let free = self.limit - self.bytes.len();
        match bytes.get(..free) {
            Some(fitting) if fitting.len() < bytes.len() => {
                self.bytes.extend_from_slice(fitting);
                Err(ErrorKind::WriteZero.into())
            }
            _ => {
                self.bytes.extend_from_slice(bytes);
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Counts the arrays and objects that are open, and refuses one too many.
struct Nesting {
    depth: usize,
}

impl Nesting {
    fn open<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(ErrorKind::QuotaExceeded.into());
        }
        writer.write_all(bracket)
    }

    fn close<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        writer.write_all(bracket)
    }
}

impl Formatter for Nesting {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"}")
    }
}
