//! Values in columns: rows of CSV and of Markdown's tables, and `INSERT INTO users (name, password) VALUES (…)`. The
//! names stand once, above all values.

use super::{
    key::{Keys, Verdict},
    label::{LONGEST, is_quote},
    mask::Cut,
    plain,
    quoted::string_end,
    reader::{ESCAPES, Reader},
};

/// Bytes of a row of names, and names in it.
const HEADER: usize = 512;
const MOST: usize = 64;

/// How rows are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Csv,
    Markdown,
    Sql,
}

/// Tables that have been read: what is in them is not read again.
#[derive(Default)]
pub(super) struct Columns {
    end: usize,
}

impl Columns {
    /// Adds the values of secret columns to the cuts, if the first name of a table ends at `mark`.
    pub(super) fn find<'a>(&mut self, reader: Reader<'a>, mark: usize, keys: &Keys, cuts: &mut Vec<Cut<'a>>) {
        if mark < self.end {
            return;
        }
        let Some((kind, start)) = beginning(reader, mark) else { return };
        let end =
            reader.skip(start, HEADER, |byte| is_name(byte) || byte == kind.separator() || byte == b' ');
        self.end = end;
        let names: Vec<_> = reader.slice(start, end).split(char::from(kind.separator())).take(MOST).collect();
        let secret: Vec<_> = names.iter().map(|name| is_secret(keys, name)).collect();
        if names.len() < 2 || !secret.contains(&true) {
            return;
        }
        let Some(mut row) = kind.rows(reader, end) else { return };
        while let Some(next) = kind.row(reader, row, &secret, cuts) {
            row = next;
        }
        self.end = row;
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.-\"`[]".contains(&byte)
}

/// A column of tokens is one of words more often.
fn is_secret(keys: &Keys, name: &str) -> bool {
    let name = name.trim().trim_matches(['"', '`', '[', ']']);
    let verdict = if name.len() > LONGEST { Verdict::Open } else { keys.judge(name) };
    matches!(verdict, Verdict::Secret | Verdict::Named) && !name.eq_ignore_ascii_case("token")
}

/// What sort of table begins with the name that ends at `mark`, and where.
fn beginning(reader: Reader<'_>, mark: usize) -> Option<(Kind, usize)> {
    let start = reader.skip_back(mark, LONGEST, is_name);
    let start = reader.skip(start, 1, is_quote);
    if reader.byte(mark) == b'|' {
        let bar = reader.skip_back(mark, LONGEST, |byte| is_name(byte) || byte == b' ');
        let first = bar.checked_sub(1).filter(|bar| reader.byte(*bar) == b'|')?;
        return begins_a_line(reader, first).then_some((Kind::Markdown, bar));
    }
    if start == mark {
        return None;
    }
    let open = reader.skip_back(start, ESCAPES, |byte| byte == b' ');
    if reader.before(open) == b'(' {
        return Some((Kind::Sql, start));
    }
    // A name with quotes of its own begins before them.
    let quoted = is_quote(reader.before(mark)) && is_quote(reader.before(start));
    let line = if quoted { start - 1 } else { start };
    let first = begins_a_line(reader, line) && !(quoted && is_quote(reader.before(line)));
    first.then_some((Kind::Csv, start))
}

fn begins_a_line(reader: Reader<'_>, start: usize) -> bool {
    start == 0 || is_quote(reader.before(start)) || reader.line_break_before(start).is_some()
}

impl Kind {
    fn separator(self) -> u8 {
        if self == Self::Markdown { b'|' } else { b',' }
    }

    /// Where the first row begins behind the names; none if there is none.
    fn rows(self, reader: Reader<'_>, end: usize) -> Option<usize> {
        match self {
            Self::Csv => reader.line_break(end),
            Self::Markdown => {
                let line = reader.line_break(end)?;
                let rule = reader.skip(line, HEADER, |byte| b"|-: ".contains(&byte));
                (rule > line + 2).then(|| reader.line_break(rule))?
            }
            Self::Sql => {
                let start = reader.skip_space(end + 1);
                let values = reader.slice(start, start + "values".len()).eq_ignore_ascii_case("values");
                (values && reader.byte(end) == b')').then(|| reader.skip_space(start + "values".len()))
            }
        }
    }

    /// Cuts what is secret of a row that begins at `start`. None if it is none, else where the next one begins.
    fn row<'a>(
        self,
        reader: Reader<'a>,
        start: usize,
        secret: &[bool],
        cuts: &mut Vec<Cut<'a>>,
    ) -> Option<usize> {
        let opens = match self {
            Self::Csv => 0,
            Self::Markdown => usize::from(reader.byte(start) == b'|'),
            Self::Sql => usize::from(reader.byte(start) == b'('),
        };
        if self != Self::Csv && opens == 0 {
            return None;
        }
        let mut at = start + opens;
        let mut found = Vec::new();
        for secret in secret {
            let (from, to, end) = self.cell(reader, at);
            if *secret && !plain::says_nothing(reader.slice(from, to), Verdict::Secret) {
                found.extend(Cut::text(reader.text, from, to));
            }
            at = end + 1;
            if reader.byte(end) != self.separator() {
                break;
            }
        }
        cuts.extend(found);
        self.next(reader, at - 1)
    }

    /// The content of the cell at `start`, and where its separator is.
    fn cell(self, reader: Reader<'_>, start: usize) -> (usize, usize, usize) {
        let from = reader.skip(start, ESCAPES, |byte| byte == b' ');
        let escapes = reader.skip(from, ESCAPES, |byte| byte == b'\\') - from;
        let quote = reader.byte(from + escapes);
        let ends = |byte: u8| {
            byte == self.separator() || b"\r\n\\\"".contains(&byte) || self == Self::Sql && byte == b')'
        };
        if is_quote(quote) && self != Self::Markdown {
            let inside = from + escapes + 1;
            let to = string_end(reader, inside, quote, escapes);
            let end = reader.skip(to, usize::MAX, |byte| byte == b'\\' || byte == quote || byte == b' ');
            return (inside, to, end);
        }
        let end = reader.skip(from, usize::MAX, |byte| !ends(byte));
        let blanks = end - reader.skip_back(end, end - from, |byte| byte == b' ');
        (from, end - blanks, end)
    }

    /// Where the row behind the one that ends at `end` begins.
    fn next(self, reader: Reader<'_>, end: usize) -> Option<usize> {
        match self {
            Self::Csv => reader.line_break(end).filter(|next| *next < reader.len()),
            Self::Markdown => reader.line_break(reader.skip(end, ESCAPES, |byte| b" |".contains(&byte))),
            Self::Sql => {
                let comma = reader.skip(end, 2, |byte| byte == b')');
                (reader.byte(comma) == b',').then(|| reader.skip_space(comma + 1))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pairs::masked;

    #[test]
    fn values_below_the_name_of_a_secret_go() {
        for (given, expected) in [
            ("user,password\nann,x y\nbob,z\n", "user,password\nann,[redacted]\nbob,[redacted]\n"),
            ("\"user\",\"pwd\"\n\"ann\",\"x\"", "\"user\",\"pwd\"\n\"ann\",\"[redacted]\""),
            ("password,n\nx,1\n,2", "password,n\n[redacted],1\n,2"),
            (r#"{"t":"user,pwd\nann,x\n"}"#, r#"{"t":"user,pwd\nann,[redacted]\n"}"#),
            ("| a | pwd |\n|---|---|\n| b | x |\n\nz", "| a | pwd |\n|---|---|\n| b | [redacted] |\n\nz"),
            (
                "INSERT INTO u (name, password) VALUES ('ann', 'x'), ('bob', 'y')",
                "INSERT INTO u (name, password) VALUES ('ann', '[redacted]'), ('bob', '[redacted]')",
            ),
        ] {
            assert_eq!(masked(given).as_deref(), Some(expected), "{given}");
        }
    }

    #[test]
    fn other_columns_stay() {
        for text in [
            "token,count\nthe1,512\n",
            "user,password",
            "call f(user, password) or not",
            "INSERT INTO keys (id, name) VALUES (1, 'a')",
            "the user, password and all\nfollow, here",
        ] {
            assert_eq!(masked(text), None, "{text}");
        }
    }
}
