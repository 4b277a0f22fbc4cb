//! Values as `Debug` writes them, in the names of their types: `Some("…")`, `Secret("…")`, `Login { key: "…" }`.

use super::{
    key::Verdict,
    label::is_quote,
    mask::{Cut, MASK},
    plain,
    quoted::{bracket_end, string_end},
    random::looks_secret,
    reader::{ESCAPES, Reader},
    value::Field,
};

/// Names around one value that are looked through: `Some(Secret(String("…")))`.
const DEEPEST: usize = 4;

/// Whether a name with a bracket starts here.
pub(super) fn is_one(reader: Reader<'_>, start: usize) -> bool {
    opening(reader, start).is_some()
}

/// What is cut of a value whose name starts at `start`.
pub(super) fn cut<'a>(field: &Field<'a>, start: usize, compared: bool) -> Option<Cut<'a>> {
    let reader = field.reader;
    let made = !reader.byte(start).is_ascii_uppercase();
    let mut at = start;
    for _ in 0..DEEPEST {
        let Some(open) = opening(reader, at) else { break };
        if reader.byte(open) == b'{' {
            return structure(field, open, made || compared);
        }
        at = reader.skip_space(open + 1);
    }
    let escapes = reader.skip(at, ESCAPES, |byte| byte == b'\\') - at;
    let quote = reader.byte(at + escapes);
    let inside = at + escapes + 1;
    if made || field.verdict == Verdict::Likely {
        let end = reader.skip(inside, plain::LONGEST_WORD, |byte| byte != quote && byte != b'\\');
        let secret = is_quote(quote) && looks_secret(reader.slice(inside, end));
        return secret.then(|| Cut::text(reader.text, inside, end))?;
    }
    if is_quote(quote) {
        return Cut::text(reader.text, inside, string_end(reader, inside, quote, escapes));
    }
    let end = reader.skip(at, plain::LONGEST_WORD, |byte| !b") \t\r\n\"'\\".contains(&byte));
    let shown = ["Some(", "Ok(", "Secret("].iter().any(|name| reader.has(start, name));
    (shown && !compared && looks_secret(reader.slice(at, end))).then(|| Cut::text(reader.text, at, end))?
}

/// All of a structure that has a string in it.
fn structure<'a>(field: &Field<'a>, open: usize, code: bool) -> Option<Cut<'a>> {
    let reader = field.reader;
    let inside = reader.skip(open, plain::LONGEST_WORD, |byte| byte != b'"' && byte != b'}');
    let token = field.label.key.eq_ignore_ascii_case("token");
    if code || token || field.verdict == Verdict::Likely || reader.byte(inside) != b'"' {
        return None;
    }
    let escapes = inside - reader.skip_back(inside, ESCAPES, |byte| byte == b'\\');
    let end = bracket_end(reader, open, b'"', escapes);
    let whole = reader.slice(open + 1, end.saturating_sub(1)).trim();
    (whole != MASK).then_some(Cut::plain(open, end))
}

/// Where the bracket is that opens behind a name.
fn opening(reader: Reader<'_>, start: usize) -> Option<usize> {
    let named = |byte: u8| byte.is_ascii_alphanumeric() || b"_:.".contains(&byte);
    if !reader.byte(start).is_ascii_alphabetic() {
        return None;
    }
    let end = reader.skip(start, 64, named);
    let brace = reader.skip(end, 1, |byte| byte == b' ');
    match (reader.byte(end), reader.byte(brace)) {
        (b'(', _) => Some(end),
        (_, b'{') => Some(brace),
        _ => None,
    }
}
