//! Text from outside: trimmed, bounded, never split inside a character.

use std::sync::Arc;

use crate::payload::LIMIT;

/// Bytes of a name or an id that are kept: some more than of a payload, so that it can be told later that it was cut.
const LONGEST: usize = LIMIT + 4;

/// The text without surrounding blanks, if that is not too long for a name; none if nothing is left.
pub(crate) fn visible(text: &str) -> Option<Arc<str>> {
    match trimmed(text) {
        "" => None,
        text => Some(bounded(text).into()),
    }
}

/// As much of a text as a name or an id may have.
pub(crate) fn bounded(text: &str) -> &str {
    head(text, LONGEST)
}

/// As [`str::trim`], which looks for blanks of all languages; most texts begin and end with none at all.
pub(crate) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// At most `limit` bytes of the text, cut at a character boundary.
pub(crate) fn head(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let mut heads = (0..=limit.min(text.len())).rev().map(|end| text.get(..end));
    heads.find_map(|head| head).unwrap_or_default()
}

/// At most `limit` bytes of UTF-8; what a cut left of a character at the end is dropped.
pub(crate) fn from_cut_utf8(mut bytes: Vec<u8>, limit: usize) -> String {
    bytes.truncate(limit);
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let mut bytes = error.into_bytes();
            bytes.truncate(valid);
            String::from_utf8(bytes).unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_never_splits_a_character() {
        assert_eq!(head("éé", 3), "é");
        assert_eq!(head("éé", 4), "éé");
        assert_eq!(head("éé", 0), "");
        assert_eq!(from_cut_utf8("éé".into(), 3), "é");
        assert_eq!(from_cut_utf8("éé".into(), 9), "éé");
    }

    #[test]
    fn blank_text_is_none() {
        assert_eq!(visible(" \t\n"), None);
        assert_eq!(visible(" a b ").as_deref(), Some("a b"));
    }
}
