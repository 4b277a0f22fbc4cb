//! Texts that are short, most of the time.

use std::{ops::Deref, str};

/// A text, in place where it is short: where it has no more than so many bytes.
#[derive(Debug, Clone)]
pub(crate) enum Short<const N: usize> {
    InPlace { length: u8, bytes: [u8; N] },
    Elsewhere(Box<str>),
}

impl<const N: usize> Short<N> {
    /// Bytes of memory beside its own.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::InPlace { .. } => 0,
            Self::Elsewhere(text) => text.len(),
        }
    }
}

impl<const N: usize> From<&str> for Short<N> {
    fn from(text: &str) -> Self {
        let mut bytes = [0; N];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(text.as_bytes());
                Self::InPlace { length, bytes }
            }
            _ => Self::Elsewhere(text.into()),
        }
    }
}

impl<const N: usize> From<Short<N>> for String {
    fn from(text: Short<N>) -> Self {
        match text {
            Short::InPlace { .. } => Self::from(&*text),
            Short::Elsewhere(text) => text.into(),
        }
    }
}

impl<const N: usize> Deref for Short<N> {
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
                let short = Short::<62>::from(&*text);
                assert_eq!(*short, text);
                assert_eq!(short.weight(), if text.len() <= 62 { 0 } else { text.len() });
            }
        }
    }
}
