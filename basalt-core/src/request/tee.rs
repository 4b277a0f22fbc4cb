//! A copy of a body, taken while it streams.

use std::{io::IoSlice, str};

use bytes::Buf;

use crate::{
    payload::{Held, Payload},
    said,
    span::RootSpan,
};

/// Chunks of a buffer that are looked at without taking memory.
const FEW: usize = 16;

/// Takes a copy of what passes, up to a limit, and writes it down when it is dropped: with the end of the body, or
/// with whatever came before that. A handler's own word counts more.
#[derive(Debug)]
pub struct Tee {
    root: RootSpan,
    key: &'static str,
    kept: Vec<u8>,
    limit: usize,
    cut: bool,
}

impl Tee {
    /// None where nothing is to be kept.
    pub(super) fn new(root: &RootSpan, key: &'static str, limit: usize) -> Option<Self> {
        let wanted = limit > 0 && root.is_live();
        wanted.then(|| Self { root: root.clone(), key, kept: Vec::new(), limit, cut: false })
    }

    /// So much has passed.
    pub fn take(&mut self, bytes: &[u8]) {
        let fitting = bytes.get(..self.room()).unwrap_or(bytes);
        self.kept.extend_from_slice(fitting);
        self.cut |= fitting.len() < bytes.len();
    }

    /// So much has passed, in however many chunks it is.
    pub(super) fn take_all(&mut self, data: &impl Buf) {
        let (wanted, length) = (self.room(), data.remaining());
        let mut few = [IoSlice::new(&[]); FEW];
        if !self.take_slices(data, &mut few, wanted) {
            // Each chunk has a byte at least.
            let mut many = vec![IoSlice::new(&[]); wanted.min(length)];
            if !self.take_slices(data, &mut many, wanted) {
                self.stop();
            }
        }
    }

    /// Takes what is seen of some data through so many slices, unless more slices would show more that is wanted. A
    /// buffer that shows no more than this has a hole: nothing behind it is taken.
    fn take_slices<'a>(&mut self, data: &'a impl Buf, slices: &mut [IoSlice<'a>], wanted: usize) -> bool {
        let filled = data.chunks_vectored(slices);
        let seen: usize = slices.iter().take(filled).map(|slice| slice.len()).sum();
        let missing = seen < wanted.min(data.remaining());
        if missing && filled == slices.len() {
            return false;
        }
        slices.iter().take(filled).for_each(|slice| self.take(slice));
        if missing {
            self.stop();
        }
        true
    }

    /// Takes nothing more.
    fn stop(&mut self) {
        self.limit = self.kept.len();
        self.cut = true;
    }

    fn room(&self) -> usize {
        self.limit - self.kept.len()
    }

    /// What was kept, if it is text; a character that the end has cut is left out.
    fn text(&self) -> Option<&str> {
        match str::from_utf8(&self.kept) {
            Ok(text) => Some(text),
            Err(error) if error.error_len().is_none() => {
                self.kept.get(..error.valid_up_to()).and_then(|valid| str::from_utf8(valid).ok())
            }
            Err(_) => None,
        }
    }
}

impl Drop for Tee {
    fn drop(&mut self) {
        match self.text() {
            Some("") => {}
            Some(text) => {
                let payload = Payload { value: Held::text(text), cut: self.cut };
                self.root.record(|record| record.set_if_unset(self.key, payload));
            }
            None => said::once!(debug, "a body was not captured: it is no UTF-8 text"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;

    /// A buffer of so many chunks, of which it shows as many as it likes.
    struct Chunks {
        chunks: Vec<&'static [u8]>,
        shows: usize,
    }

    impl Buf for Chunks {
        fn remaining(&self) -> usize {
            self.chunks.iter().map(|chunk| chunk.len()).sum()
        }

        fn chunk(&self) -> &[u8] {
            self.chunks.first().copied().unwrap_or_default()
        }

        fn advance(&mut self, _: usize) {
            panic!("data of others is not used up");
        }

        fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
            let shown = self.chunks.iter().take(self.shows);
            slices.iter_mut().zip(shown).map(|(slice, chunk)| *slice = IoSlice::new(chunk)).count()
        }
    }

    fn taken(chunks: usize, shows: usize, limit: usize) -> (String, bool) {
        let mut tee = Tee { root: RootSpan::default(), key: "key", kept: Vec::new(), limit, cut: false };
        tee.take_all(&Chunks { chunks: vec![b"ab"; chunks], shows });
        tee.take(b"end");
        (tee.text().unwrap().to_owned(), tee.cut)
    }

    #[test]
    fn a_buffer_of_any_number_of_chunks_is_taken_whole_up_to_the_limit() {
        for chunks in [0, 1, 15, 16, 17, 18, 100, 5_000] {
            assert_eq!(taken(chunks, usize::MAX, 100_000), ("ab".repeat(chunks) + "end", false));
            let limit = chunks + 1;
            let whole = "ab".repeat(chunks) + "end";
            assert_eq!(
                taken(chunks, usize::MAX, limit),
                (text::head(&whole, limit).to_owned(), true),
                "{chunks}"
            );
        }
    }

    #[test]
    fn behind_a_hole_nothing_is_taken() {
        for shows in [0, 1, 16, 40] {
            assert_eq!(taken(50, shows, 1_000), ("ab".repeat(shows), true), "{shows}");
        }
    }
}
