//! A copy of a body, taken while it streams.

use std::str;

use crate::{
    payload::{Held, Payload},
    said,
    span::RootSpan,
};

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
        let fitting = bytes.get(..self.limit - self.kept.len()).unwrap_or(bytes);
        self.kept.extend_from_slice(fitting);
        self.cut |= fitting.len() < bytes.len();
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
