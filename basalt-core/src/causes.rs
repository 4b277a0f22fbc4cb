//! Errors in one line.

use std::{error::Error, fmt::Write};

/// An error with all its causes, each once.
pub(crate) fn chain(what: &str, error: &dyn Error) -> String {
    let mut text = what.to_owned();
    let mut next = Some(error);
    while let Some(error) = next {
        let said = error.to_string();
        if !text.contains(&said) {
            let _ = write!(text, ": {said}");
        }
        next = error.source();
    }
    text
}
