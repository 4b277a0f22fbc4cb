//! Headers whose values are lists, read from the right, where the nearest proxy has written.

use std::iter;

use crate::context::Headers;

/// Nobody stands behind more proxies; what is further away is not looked at.
const ENTRIES: usize = 64;

/// The last lines of a header, as many as can matter.
pub(super) struct List<'a> {
    /// The latest overwrites the oldest.
    lines: [&'a [u8]; ENTRIES],
    seen: usize,
}

impl<'a> List<'a> {
    pub(super) fn of(headers: &'a dyn Headers, name: &str) -> Self {
        let mut all = Self { lines: [&[]; ENTRIES], seen: 0 };
        headers.values(name, &mut |line| {
            let line = line.trim_ascii();
            if !line.is_empty()
                && let Some(place) = all.lines.get_mut(all.seen % ENTRIES)
            {
                *place = line;
                all.seen += 1;
            }
        });
        all
    }

    pub(super) fn is_empty(&self) -> bool {
        self.seen == 0
    }

    /// The entries of all lines, from the right.
    pub(super) fn entries(&self, quotes: Quotes) -> impl Iterator<Item = &'a [u8]> {
        let from_the_right = (0..self.seen).rev().take(ENTRIES);
        let lines = from_the_right.filter_map(|number| self.lines.get(number % ENTRIES).copied());
        lines.flat_map(move |line| pieces(line, b',', quotes)).take(ENTRIES)
    }
}

/// Whether quotes hide what separates.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    Kept,
    Unknown,
}

/// What stands between separators, from the right, without blanks and what is blank. From the right, quotes
/// that a client has left open hide nothing that a proxy has written behind them.
pub(super) fn pieces(whole: &[u8], separator: u8, quotes: Quotes) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(whole);
    let next = move || {
        let whole = rest?;
        let cut = last_separator(whole, separator, quotes);
        rest = cut.and_then(|cut| whole.get(..cut));
        whole.get(cut.map_or(0, |cut| cut + 1)..)
    };
    iter::from_fn(next).map(<[u8]>::trim_ascii).filter(|piece| !piece.is_empty())
}

fn last_separator(mut bytes: &[u8], separator: u8, quotes: Quotes) -> Option<usize> {
    let mut quoted = false;
    while let Some((byte, before)) = bytes.split_last() {
        count_step();
        if *byte == b'"' && quotes == Quotes::Kept {
            quoted = !quoted || is_escaped(before);
        } else if *byte == separator && !quoted {
            return Some(before.len());
        }
        bytes = before;
    }
    None
}

fn is_escaped(before: &[u8]) -> bool {
    before.iter().rev().inspect(|_| count_step()).take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Tests count what is looked at.
fn count_step() {
    #[cfg(test)]
    crate::fuzzing::step();
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::*;

    fn texts<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<&'a str> {
        pieces.map(|piece| std::str::from_utf8(piece).unwrap()).collect()
    }

    #[test]
    fn pieces_come_from_the_right_without_blanks() {
        for (whole, expected) in [
            ("", &[][..]),
            (" , ,", &[]),
            ("a", &["a"]),
            ("a,b , c", &["c", "b", "a"]),
            (",a,,b,", &["b", "a"]),
            ("a;b=\"c,d\"", &["d\"", "a;b=\"c"]),
        ] {
            assert_eq!(texts(pieces(whole.as_bytes(), b',', Quotes::Unknown)), expected, "{whole}");
        }
    }

    #[test]
    fn quotes_hide_separators_where_they_are_kept() {
        for (whole, expected) in [
            (r#"a="b,c",d"#, &["d", r#"a="b,c""#][..]),
            (r#"a,b="c\",d""#, &[r#"b="c\",d""#, "a"]),
            (r#"a,b="c\\",d"#, &["d", r#"b="c\\""#, "a"]),
            (r#"a",b"#, &["b", r#"a""#]),
            (r#"a,"b"#, &[r#"a,"b"#]),
        ] {
            assert_eq!(texts(pieces(whole.as_bytes(), b',', Quotes::Kept)), expected, "{whole}");
        }
    }

    #[test]
    fn of_many_lines_the_last_64_entries_are_looked_at() {
        let mut headers = HeaderMap::new();
        for number in 0..300 {
            headers.append("list", HeaderValue::try_from(format!("a{number}, b{number}")).unwrap());
            headers.append("list", HeaderValue::from_static(" "));
        }
        let list = List::of(&headers, "list");
        let entries = texts(list.entries(Quotes::Unknown));
        assert_eq!(entries.len(), 64);
        assert_eq!((entries[0], entries[1], entries[63]), ("b299", "a299", "a268"));
        assert!(List::of(&headers, "other").is_empty());
    }
}
