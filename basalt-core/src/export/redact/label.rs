//! The name before a delimiter, as JSON, forms, headers, environments and programs write it.

use super::reader::{ESCAPES, Reader};

/// A name, and how it is written.
#[derive(Clone, Copy)]
pub(super) struct Label<'a> {
    pub(super) key: &'a str,
    /// The same name if its first letter belongs to the backslash before it: a line feed in JSON.
    pub(super) escaped: Option<&'a str>,
    /// Where it starts, its quote included.
    pub(super) start: usize,
    /// The quote behind it, with the backslashes that escape it.
    pub(super) quote: Option<&'a str>,
}

/// Longer names are none.
pub(super) const LONGEST: usize = 64;

/// Blanks between a name and its delimiter.
const BLANKS: usize = 8;

/// Between a name and its delimiter; the latter two are Markdown's.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'*' | b'`')
}

pub(super) fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'')
}

impl<'a> Label<'a> {
    /// The label of a delimiter at `delimiter`.
    pub(super) fn before(reader: Reader<'a>, delimiter: usize) -> Option<Self> {
        let end = reader.skip_back(delimiter, BLANKS, is_blank);
        if is_quote(reader.before(end)) {
            return Self::quoted(reader, end);
        }
        let spaced = space_before(reader, end);
        if spaced < end && is_quote(reader.before(spaced)) {
            return Self::quoted(reader, spaced);
        }
        Self::plain(reader, end)
    }

    /// The label whose closing quote ends at `end`.
    pub(super) fn quoted(reader: Reader<'a>, end: usize) -> Option<Self> {
        let quote = reader.before(end);
        let inside = reader.skip_back(end.checked_sub(1)?, ESCAPES, |byte| byte == b'\\');
        let start = reader.skip_back(inside, LONGEST, |byte| byte != quote);
        let key = reader.slice(start, inside);
        let opened = start.checked_sub(1).filter(|_| reader.before(start) == quote)?;
        (!key.contains(['\\', '\n', '{', '}'])).then_some(Self {
            key,
            escaped: None,
            start: opened,
            quote: Some(reader.slice(inside, end)),
        })
    }

    fn plain(reader: Reader<'a>, end: usize) -> Option<Self> {
        let mut start = name(reader, end);
        let mut key = reader.slice(start, end);
        let continued = ["key", "keys", "passe"].iter().any(|word| key.eq_ignore_ascii_case(word));
        if continued && reader.before(start) == b' ' {
            let first = name(reader, start - 1);
            // Not the name of an element before its attribute.
            start = if reader.before(first) == b'<' || first + 1 == start { start } else { first };
            key = reader.slice(start, end);
        }
        let escaped = if reader.before(start) == b'\\' { key.strip_prefix(['n', 'r', 't']) } else { None };
        (!key.is_empty()).then_some(Self { key, escaped, start, quote: None })
    }

    /// Whether a statement begins here, rather than the middle of a sentence.
    pub(super) fn leads(&self, reader: Reader<'_>) -> bool {
        let start = reader.skip_back(self.start, LONGEST, |byte| b" \t-*>#`".contains(&byte));
        let escaped = reader.before(start.saturating_sub(1)) == b'\\'
            && matches!(reader.before(start), b'n' | b'r' | b't');
        start == 0 || escaped || self.escaped.is_some() || b"\n\r\"'{([,;&".contains(&reader.before(start))
    }

    /// Blanks before the name in its line, with the dash of a list; none if something else is before it.
    pub(super) fn indentation(&self, reader: Reader<'_>) -> Option<usize> {
        let start = reader.skip_back(self.start, LONGEST, |byte| matches!(byte, b' ' | b'-'));
        let first = start == 0
            || is_quote(reader.before(start))
            || self.escaped.is_some()
            || reader.line_break_before(start).is_some();
        first.then_some(self.start - start)
    }
}

/// Where blanks and line breaks, escaped ones too, begin that end at `end`; a few of them.
fn space_before(reader: Reader<'_>, end: usize) -> usize {
    let mut at = end;
    for _ in 0..BLANKS {
        at = reader.skip_back(at, LONGEST, |byte| byte.is_ascii_whitespace());
        if !matches!(reader.before(at), b'n' | b'r' | b't') || reader.before(at - 1) != b'\\' {
            break;
        }
        at = reader.skip_back(at - 1, ESCAPES, |byte| byte == b'\\');
    }
    at
}

/// Where the name begins that ends at `end`.
fn name(reader: Reader<'_>, end: usize) -> usize {
    let belongs = |byte: u8| byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"_-.[]%".contains(&byte);
    let start = reader.skip_back(end, LONGEST, belongs);
    // Not in the middle of a character.
    reader.skip(start, 4, |byte| byte & 0xc0 == 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(text: &str) -> Option<(&str, Option<&str>)> {
        let reader = Reader { text, cut: false };
        Label::before(reader, text.len() - 1).map(|label| (label.escaped.unwrap_or(label.key), label.quote))
    }

    #[test]
    fn a_label_is_read_backwards_from_its_delimiter() {
        assert_eq!(label(r#"{"user name" :"#), Some(("user name", Some("\""))));
        assert_eq!(label(r#"{\"a\":"#), Some(("a", Some("\\\""))));
        assert_eq!(label("{'a':"), Some(("a", Some("'"))));
        assert_eq!(label("{\"a\" \n :"), Some(("a", Some("\""))));
        assert_eq!(label(r#"{\"a\"\n \t:"#), Some(("a", Some("\\\""))));
        assert_eq!(label("?x=1&user[token]="), Some(("user[token]", None)));
        assert_eq!(label("the API key:"), Some(("API key", None)));
        assert_eq!(label("<add key="), Some(("key", None)));
        assert_eq!(label("?key="), Some(("key", None)));
        assert_eq!(label("**Token**:"), Some(("Token", None)));
        assert_eq!(label(r"x\napi_key:"), Some(("api_key", None)));
        assert_eq!(label("la clé="), Some(("clé", None)));
        assert_eq!(label("="), None);
    }

    #[test]
    fn a_sentence_is_told_from_a_statement() {
        let leads = |text: &str| {
            let reader = Reader { text, cut: false };
            Label::before(reader, text.len() - 1).unwrap().leads(reader)
        };
        assert!(leads("a:") && leads("x\n  - a:") && leads(r"x\na:") && leads("-H \"a:") && leads("{b, a:"));
        assert!(!leads("so a:"));
    }

    #[test]
    fn a_line_is_indented_as_far_as_its_name() {
        let indentation = |text: &str| {
            let reader = Reader { text, cut: false };
            Label::before(reader, text.len() - 1).unwrap().indentation(reader)
        };
        assert_eq!(indentation("a:"), Some(0));
        assert_eq!(indentation("x\n  - a:"), Some(4));
        assert_eq!(indentation(r"x\n  a:"), Some(2));
        assert_eq!(indentation("so a:"), None);
    }
}
