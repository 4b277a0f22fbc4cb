//! Why a pattern was refused.

use thiserror::Error;

/// A pattern of [`RedactionBuilder::pattern`](super::RedactionBuilder::pattern) that cannot be searched for. It names the
/// pattern by its place, since patterns may be secret themselves.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("redaction pattern {place}: {reason}")]
#[non_exhaustive]
pub struct InvalidPattern {
    /// Which one, counted from 1 in the order in which they were given.
    pub place: usize,
    /// What is wrong with it, and what to do.
    pub reason: String,
}

impl InvalidPattern {
    pub(super) fn of(place: usize, error: &regex::Error) -> Self {
        let reason = match error {
            regex::Error::CompiledTooBig(limit) => {
                format!("it needs more than {limit} bytes when compiled: bound its repetitions, or split it")
            }
            // The first lines show the pattern.
            error => {
                let said = error.to_string();
                let said = said
                    .lines()
                    .rev()
                    .find_map(|line| line.trim().strip_prefix("error: "))
                    .unwrap_or("it cannot be read");
                format!("{said}: write it as the crate regex does, and escape what stands for itself")
            }
        };
        Self { place, reason }
    }

    pub(super) fn empty(place: usize) -> Self {
        Self {
            place,
            reason: "it matches the empty text: say what must be there, with `+` instead of `*`".to_owned(),
        }
    }
}
