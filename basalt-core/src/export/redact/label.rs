//! The name before a delimiter, as JSON, forms, headers, environments and programs write it.

/// A name, and how it is written.
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
const LONGEST: usize = 64;

/// Between a name and its delimiter; the latter two are Markdown's.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'*' | b'`')
}

impl<'a> Label<'a> {
    /// The label of a delimiter at `delimiter`.
    pub(super) fn before(text: &'a str, delimiter: usize) -> Option<Self> {
        let bytes = text.as_bytes().get(..delimiter)?;
        let blanks = bytes.iter().rev().take(8).take_while(|byte| is_blank(**byte)).count();
        let bytes = bytes.get(..delimiter - blanks)?;
        match bytes.last()? {
            quote @ (b'"' | b'\'') => Self::quoted(text, bytes, *quote),
            _ => Self::plain(text, bytes),
        }
    }

    fn quoted(text: &'a str, bytes: &[u8], quote: u8) -> Option<Self> {
        let inside = bytes.get(..bytes.len() - 1)?;
        let escapes = inside.iter().rev().take(LONGEST).take_while(|byte| **byte == b'\\').count();
        let end = inside.len() - escapes;
        let length = inside.get(..end)?.iter().rev().take(LONGEST).position(|byte| *byte == quote)?;
        let key = text.get(end - length..end)?;
        let quote = text.get(end..bytes.len())?;
        (!key.contains(['\\', '\n', '{', '}'])).then_some(Self {
            key,
            escaped: None,
            start: end - length - 1,
            quote: Some(quote),
        })
    }

    fn plain(text: &'a str, bytes: &[u8]) -> Option<Self> {
        let mut start = bytes.len() - name(bytes);
        let mut key = text.get(start..bytes.len())?;
        let two_words = ["key", "keys"].iter().any(|word| key.eq_ignore_ascii_case(word));
        if let (true, Some(before)) = (two_words, bytes.get(..start.saturating_sub(1))) {
            start = before.len() - name(before);
            key = text.get(start..bytes.len())?;
        }
        let after_backslash = start.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'\\');
        let escaped = if after_backslash { key.strip_prefix(['n', 'r', 't']) } else { None };
        (!key.is_empty()).then_some(Self { key, escaped, start, quote: None })
    }

    /// Whether a statement begins here, rather than the middle of a sentence.
    pub(super) fn leads(&self, text: &str) -> bool {
        let before = text.get(..self.start).unwrap_or_default();
        let before = before.trim_end_matches([' ', '\t', '-', '*', '>', '#', '`']);
        let escaped = ["\\n", "\\r", "\\t"].iter().any(|end| before.ends_with(end)) || self.escaped.is_some();
        before.is_empty()
            || escaped
            || before.ends_with(['\n', '\r', '"', '\'', '{', '(', '[', ',', ';', '&'])
    }
}

/// How many bytes at the end belong to a name.
fn name(bytes: &[u8]) -> usize {
    let belongs = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-.[]%".contains(byte);
    bytes.iter().rev().take(LONGEST).take_while(belongs).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(text: &str) -> Option<(&str, Option<&str>)> {
        Label::before(text, text.len() - 1).map(|label| (label.escaped.unwrap_or(label.key), label.quote))
    }

    #[test]
    fn a_label_is_read_backwards_from_its_delimiter() {
        assert_eq!(label(r#"{"user name" :"#), Some(("user name", Some("\""))));
        assert_eq!(label(r#"{\"a\":"#), Some(("a", Some("\\\""))));
        assert_eq!(label("{'a':"), Some(("a", Some("'"))));
        assert_eq!(label("?x=1&user[token]="), Some(("user[token]", None)));
        assert_eq!(label("the API key:"), Some(("API key", None)));
        assert_eq!(label("**Token**:"), Some(("Token", None)));
        assert_eq!(label(r"x\napi_key:"), Some(("api_key", None)));
        assert_eq!(label("é="), None);
        assert_eq!(label("="), None);
    }

    #[test]
    fn a_sentence_is_told_from_a_statement() {
        let leads = |text: &str| Label::before(text, text.len() - 1).unwrap().leads(text);
        assert!(leads("a:") && leads("x\n  - a:") && leads(r"x\na:") && leads("-H \"a:") && leads("{b, a:"));
        assert!(!leads("so a:"));
    }
}
