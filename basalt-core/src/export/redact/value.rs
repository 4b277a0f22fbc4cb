//! What belongs to a label: where it starts, where it ends, and whether it is worth hiding.

use super::{
    block,
    key::Verdict,
    label::{Label, is_blank, is_quote},
    mask::{Cut, MASK, is_masked},
    plain,
    quoted::{bracket_end, long_opening, long_string_end, string_end},
    random::looks_secret,
    reader::{ESCAPES, Reader},
    token, wrapped,
};

/// A name with its delimiter, and what its value is to be judged by.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) reader: Reader<'a>,
    pub(super) label: Label<'a>,
    /// Where the delimiter is.
    pub(super) delimiter: usize,
    /// Where what is behind the delimiter starts.
    pub(super) behind: usize,
    pub(super) verdict: Verdict,
}

impl<'a> Field<'a> {
    /// What is cut of the value.
    pub(super) fn value(&self) -> Option<Cut<'a>> {
        let reader = self.reader;
        let behind = self.reader.skip(self.behind, 2, |byte| b"=>".contains(&byte));
        let operator = behind > self.behind;
        let mut start = reader.skip(behind, usize::MAX, is_blank);
        if self.label.quote.is_some() {
            start = reader.skip_space(start);
        }
        start = past_tag(reader, start);
        // Base64 in LDIF.
        if reader.has(start, ": ") && self.label.leads(reader) {
            start += 2;
        }
        if reader.has(start, MASK) {
            return None;
        }
        let start = past_prefix(reader, start);
        let escapes = reader.skip(start, ESCAPES, |byte| byte == b'\\') - start;
        let opening = reader.byte(start + escapes);
        match (opening, self.label.quote) {
            (b'"' | b'\'', _) => self.string(start, opening, escapes),
            (b'{' | b'[', Some(quote)) => self.bracket(start, quote),
            (b'[', None) if is_quote(reader.byte(start + 1)) => self.bracket(start, ""),
            _ if wrapped::is_one(reader, start) => wrapped::cut(self, start, operator),
            (_, Some(quote)) => self.bare(start, quote),
            _ if operator => self.arrow(start),
            _ => block::below(self, start).unwrap_or_else(|| plain::cut(self, start)),
        }
    }

    fn string(&self, start: usize, quote: u8, escapes: usize) -> Option<Cut<'a>> {
        let reader = self.reader;
        let inside = start + escapes + 1;
        if let Some(inside) = long_opening(reader, start, quote, escapes) {
            return Cut::text(reader.text, inside, long_string_end(reader, inside, quote, escapes));
        }
        if self.label.quote.is_none() && !opens(reader.byte(inside)) {
            return None;
        }
        if self.verdict == Verdict::Likely {
            return self.likely(inside, quote);
        }
        let end = string_end(reader, inside, quote, escapes);
        let short = end - inside <= plain::LONGEST_WORD;
        let reference = short && plain::is_reference(reader.slice(inside, end));
        if reference || token::is_text(self, inside, end) {
            return None;
        }
        Cut::text(reader.text, inside, end)
    }

    /// A short string that is a secret if it looks like one.
    fn likely(&self, inside: usize, quote: u8) -> Option<Cut<'a>> {
        let ends = |byte: u8| byte == quote || byte == b'\\';
        let end = self.reader.skip(inside, plain::LONGEST_WORD, |byte| !ends(byte));
        let long = end >= inside + plain::LONGEST_WORD;
        let ends_here = ends(self.reader.byte(end)) || self.reader.cut && end == self.reader.len();
        let secret = !long && ends_here && looks_secret(self.reader.slice(inside, end));
        secret.then(|| Cut::text(self.reader.text, inside, end))?
    }

    fn bracket(&self, start: usize, quote: &'a str) -> Option<Cut<'a>> {
        if self.verdict == Verdict::Likely || token::is_text_object(self, start) || self.is_schema(start) {
            return None;
        }
        let mark = quote.bytes().last().unwrap_or(self.reader.byte(start + 1));
        let end = bracket_end(self.reader, start, mark, quote.len().saturating_sub(1));
        let hollow = self.reader.slice(start + 1, end.saturating_sub(1)).trim().is_empty();
        (!hollow).then_some(Cut { start, end, quote, scheme: "" })
    }

    /// Whether an object describes the member, as JSON Schema does, rather than being its value.
    fn is_schema(&self, start: usize) -> bool {
        let near = self.reader.skip(start, SCHEMA, |byte| byte != b'}');
        let near = self.reader.skip(near, 4, |byte| byte & 0xc0 == 0x80);
        let near = self.reader.slice(start, near);
        let mut parts = near.split(['"', '\'']).map(|part| part.trim_end_matches('\\'));
        if parts.clone().any(|part| VALUES.iter().any(|value| part.eq_ignore_ascii_case(value))) {
            return false;
        }
        let described = parts.by_ref().any(|part| part == "type" || part == "$ref");
        described && parts.nth(1).is_some_and(|kind| TYPES.contains(&kind) || kind.starts_with("#/"))
    }

    /// A number, or a word that is no string.
    fn bare(&self, start: usize, quote: &'a str) -> Option<Cut<'a>> {
        let ends = |byte: u8| byte.is_ascii_whitespace() || b",}]\"\\".contains(&byte);
        let end = self.reader.skip(start, plain::LONGEST_WORD, |byte| !ends(byte));
        let word = self.reader.slice(start, end);
        let counts =
            !plain::says_nothing(word, self.verdict) && !is_masked(word) && !plain::is_reference(word);
        (counts && self.verdict != Verdict::Likely).then_some(Cut { start, end, quote, scheme: "" })
    }

    /// What an arrow points at: `password => hunter2`. A comparison or an arm of a `match` has no such look.
    fn arrow(&self, start: usize) -> Option<Cut<'a>> {
        let end = plain::word_end(self.reader, start);
        let arrow = self.reader.before(self.reader.skip_back(start, ESCAPES, is_blank)) == b'>';
        (arrow && looks_secret(self.reader.slice(start, end)))
            .then(|| Cut::text(self.reader.text, start, end))?
    }
}

/// As far as a schema is told by its type.
const SCHEMA: usize = 256;
const TYPES: [&str; 6] = ["string", "integer", "number", "boolean", "object", "array"];

/// Members of a description that hold what it describes.
const VALUES: [&str; 6] = ["value", "default", "const", "enum", "example", "examples"];

/// Behind a type that YAML states: `!!str`.
fn past_tag(reader: Reader<'_>, start: usize) -> usize {
    if !reader.has(start, "!!") && !reader.has(start, "!vault") {
        return start;
    }
    let end = reader.skip(start, 16, |byte| byte == b'!' || byte.is_ascii_alphabetic());
    reader.skip(end, ESCAPES, |byte| byte == b' ')
}

/// Behind the letters that say how a string is written: `b'…'`, `r#"…"#`, `u"…"`.
fn past_prefix(reader: Reader<'_>, start: usize) -> usize {
    let letters = reader.skip(start, 2, |byte| b"bBrRuUfFcC@".contains(&byte));
    let end = reader.skip(letters, 3, |byte| byte == b'#');
    let quoted = is_quote(reader.byte(end)) || reader.byte(end) == b'\\' && is_quote(reader.byte(end + 1));
    if letters > start && quoted { end } else { start }
}

/// Whether what follows a quote can be the inside of a string, rather than what follows one.
fn opens(byte: u8) -> bool {
    !matches!(byte, 0 | b',' | b'}' | b']' | b')' | b':' | b' ' | b'\n' | b'\r' | b'\\')
}
