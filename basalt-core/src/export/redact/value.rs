//! What belongs to a label: where it starts, where it ends, and whether it is worth hiding.

use super::{
    key::Verdict,
    label::{Label, is_blank},
    mask::{is_masked, scheme},
    plain,
    quoted::{bracket_end, string_end},
};

/// A part of a text that is replaced.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut<'a> {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Around the mask, where the value was no string and must become one.
    pub(super) quote: &'a str,
    /// Before the mask.
    pub(super) scheme: &'a str,
}

impl<'a> Cut<'a> {
    /// Of a text; none if nothing is left to hide.
    pub(super) fn text(text: &'a str, start: usize, end: usize) -> Option<Self> {
        let content = text.get(start..end)?;
        (!is_masked(content)).then(|| Self { start, end, quote: "", scheme: scheme(content) })
    }

    /// What is cut of the value of `label`, whose delimiter is at `delimiter`.
    pub(super) fn value(
        text: &'a str,
        delimiter: usize,
        label: &Label<'a>,
        verdict: Verdict,
    ) -> Option<Self> {
        let bytes = text.as_bytes();
        let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
        let operator =
            bytes.iter().skip(delimiter + 1).take(2).take_while(|byte| b"=>".contains(byte)).count();
        let mut start = delimiter + 1 + operator;
        let line_feed = |byte: u8| label.quote.is_some() && matches!(byte, b'\n' | b'\r');
        while is_blank(byte(start)) || line_feed(byte(start)) {
            start += 1;
        }
        let escapes = bytes.iter().skip(start).take(64).take_while(|byte| **byte == b'\\').count();
        let opening = byte(start + escapes);
        let inside = start + escapes + 1;
        match (opening, label.quote) {
            (b'"' | b'\'', None) if !opens(byte(inside)) => None,
            (b'"' | b'\'', _) => Self::text(text, inside, string_end(text, inside, opening, escapes)),
            (b'{' | b'[', Some(quote)) => {
                let escapes = quote.len() - 1;
                let end = bracket_end(text, start, quote.bytes().last().unwrap_or(b'"'), escapes);
                let hollow = text.get(start + 1..end.saturating_sub(1)).unwrap_or_default().trim().is_empty();
                (!hollow).then_some(Self { start, end, quote, scheme: "" })
            }
            (_, Some(quote)) => {
                let end = plain::word_end(text, start);
                let word = text.get(start..end)?;
                let counts = !plain::says_nothing(word, verdict) && !is_masked(word);
                counts.then_some(Self { start, end, quote, scheme: "" })
            }
            _ if operator > 0 => None,
            _ => plain::cut(text, delimiter, start, label, verdict),
        }
    }
}

/// Whether what follows a quote can be the inside of a string, rather than what follows one.
fn opens(byte: u8) -> bool {
    !matches!(byte, 0 | b',' | b'}' | b']' | b')' | b':' | b' ' | b'\n' | b'\r' | b'\\')
}
