//! What stands where a secret was.

use super::reader::work;

/// In place of everything that is redacted.
pub(super) const MASK: &str = "[redacted]";

/// Words before a credential that say how it is used, and are no secret themselves.
const SCHEMES: [&str; 9] =
    ["bearer", "basic", "digest", "token", "apikey", "negotiate", "hmac", "hawk", "aws4-hmac-sha256"];

/// Bytes of the longest of them, and a blank.
const LONGEST_SCHEME: usize = 17;

/// The scheme word at the start of a credential, with the blanks behind it; empty if there is none.
pub(super) fn scheme(text: &str) -> &str {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    work::add(LONGEST_SCHEME);
    let Some(end) = text.bytes().take(LONGEST_SCHEME).position(|byte| blank(&byte)) else { return "" };
    let word = text.get(..end).unwrap_or_default();
    if !SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(word)) {
        return "";
    }
    let blanks = text.bytes().skip(end).take_while(blank).count();
    work::add(blanks);
    if end + blanks == text.len() { "" } else { text.get(..end + blanks).unwrap_or_default() }
}

/// Whether nothing is left to hide: blank, or hidden before, here or by whoever wrote it.
pub(super) fn is_masked(text: &str) -> bool {
    let text = text.trim();
    let text = text.get(scheme(text).len()..).unwrap_or(text);
    text == MASK || text == "REDACTED" || text == "[REDACTED]" || text.bytes().all(|byte| byte == b'*')
}

/// What stands for a text under a redacted key; none if nothing is left to hide.
pub(super) fn masked(text: &str) -> Option<String> {
    (!is_masked(text)).then(|| format!("{}{MASK}", scheme(text)))
}

/// A part of a text that is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut<'a> {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Around the mask, where the value was no string and must become one.
    pub(super) quote: &'a str,
    /// Before the mask.
    pub(super) scheme: &'a str,
}

impl<'a> Cut<'a> {
    /// What is between two positions.
    pub(super) fn plain(start: usize, end: usize) -> Self {
        Self { start, end, quote: "", scheme: "" }
    }

    /// Of a text; none if nothing is left to hide.
    pub(super) fn text(text: &'a str, start: usize, end: usize) -> Option<Self> {
        let content = text.get(start..end)?;
        work::add(content.len());
        (!is_masked(content)).then(|| Self { start, end, quote: "", scheme: scheme(content) })
    }
}

/// The text with masks for the cuts, in any order; those that overlap become one. None if there are none.
pub(super) fn apply(text: &str, mut cuts: Vec<Cut<'_>>) -> Option<String> {
    if cuts.is_empty() {
        return None;
    }
    cuts.sort_by_key(|cut| cut.start);
    let mut written = String::with_capacity(text.len());
    let mut copied = 0;
    let mut cuts = cuts.into_iter().peekable();
    while let Some(mut cut) = cuts.next() {
        while let Some(next) = cuts.next_if(|next| next.start < cut.end.max(cut.start + 1)) {
            let scheme =
                if cut.scheme.is_empty() && next.start == cut.start { next.scheme } else { cut.scheme };
            let quote = if cut.quote.is_empty() && next.end >= cut.end { next.quote } else { cut.quote };
            cut = Cut { start: cut.start, end: cut.end.max(next.end), quote, scheme };
        }
        written.push_str(text.get(copied..cut.start).unwrap_or_default());
        for part in [cut.quote, cut.scheme, MASK, cut.quote] {
            written.push_str(part);
        }
        copied = cut.end;
    }
    written.push_str(text.get(copied..).unwrap_or_default());
    Some(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_stays_and_the_credential_goes() {
        assert_eq!(masked("Bearer abc").as_deref(), Some("Bearer [redacted]"));
        assert_eq!(masked("hunter2 and more").as_deref(), Some("[redacted]"));
        assert_eq!(masked("Bearer").as_deref(), Some("[redacted]"));
    }

    #[test]
    fn what_is_hidden_stays_as_it_is() {
        for text in ["", " ", "[redacted]", "Bearer [redacted]", "REDACTED", "[REDACTED]", "****"] {
            assert_eq!(masked(text), None, "{text}");
        }
    }

    #[test]
    fn cuts_are_replaced_in_any_order_and_become_one_where_they_overlap() {
        assert_eq!(apply("abc", Vec::new()), None);
        let cut = Cut::plain;
        assert_eq!(apply("abcdef", vec![cut(4, 5), cut(1, 2)]).as_deref(), Some("a[redacted]cd[redacted]f"));
        assert_eq!(apply("abcdef", vec![cut(1, 3), cut(2, 5)]).as_deref(), Some("a[redacted]f"));
        let quoted = Cut { quote: "\"", ..cut(1, 5) };
        assert_eq!(apply("abcdef", vec![cut(2, 3), quoted]).as_deref(), Some("a\"[redacted]\"f"));
    }
}
