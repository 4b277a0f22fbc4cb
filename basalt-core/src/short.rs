//! Texts that are short, most of the time.

use std::{ops::Deref, str};

/// Bytes that need no memory of their own.
const SHORT: usize = 62;

/// A text, in place where it is short.
#[derive(Debug, Clone)]
pub(crate) enum Short {
    InPlace { length: u8, bytes: [u8; SHORT] },
    Elsewhere(Box<str>),
}

impl From<&str> for Short {
    fn from(text: &str) -> Self {
        let mut bytes = [0; SHORT];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(text.as_bytes());
                Self::InPlace { length, bytes }
            }
            _ => Self::Elsewhere(text.into()),
        }
    }
}

impl Deref for Short {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::InPlace { length, bytes } => {
                let bytes = bytes.get(..usize::from(*length)).unwrap_or_default();
                str::from_utf8(bytes).unwrap_or_default()
            }
            Self::Elsewhere(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_any_length_is_itself() {
        for length in 0..300 {
            for text in ["x".repeat(length), "é".repeat(length), "🦀".repeat(length)] {
                assert_eq!(*Short::from(&*text), text);
            }
        }
    }
}
