//! Names and values side by side: `["password", "…"]`, `("authorization", "…")`, `| password | … |`.

use super::{
    key::{Keys, Verdict, Words},
    label::{LONGEST, Label, is_quote},
    mask::{Cut, scheme},
    plain,
    quoted::string_end,
    random::looks_secret,
    reader::{ESCAPES, Reader},
};

/// What is cut behind a comma.
pub(super) fn cut<'a>(reader: Reader<'a>, comma: usize, keys: &Keys) -> Option<Cut<'a>> {
    let end = reader.skip_back(comma, ESCAPES, |byte| byte.is_ascii_whitespace());
    if !is_quote(reader.before(end)) {
        return None;
    }
    let start = reader.skip_space(comma + 1);
    let start = reader.skip(start, 1, |byte| byte == b'b');
    let escapes = reader.skip(start, ESCAPES, |byte| byte == b'\\') - start;
    let quote = reader.byte(start + escapes);
    if !is_quote(quote) {
        return None;
    }
    let label = Label::quoted(reader, end)?;
    if !matches!(reader.before(outside(reader, &label)), b'[' | b'(' | b',') {
        return None;
    }
    let verdict = keys.judge(label.key);
    if verdict == Verdict::Open {
        return None;
    }
    let inside = start + escapes + 1;
    if is_pair(reader, &label) {
        return Cut::text(reader.text, inside, string_end(reader, inside, quote, escapes));
    }
    let close = reader.skip(inside, plain::LONGEST_WORD, |byte| byte != quote && byte != b'\\');
    let value = reader.slice(inside, close);
    let header = Words(label.key)
        .any(|word| ["authorization", "cookie"].iter().any(|name| name.eq_ignore_ascii_case(word)));
    let telling = !scheme(value).is_empty()
        || header && value.contains('=')
        || opens(reader, &label) && looks_secret(value);
    telling.then(|| Cut::text(reader.text, inside, close))?
}

/// Where the quote of a label begins, with what stands before it in the language.
fn outside(reader: Reader<'_>, label: &Label<'_>) -> usize {
    let start = reader.skip_back(label.start, ESCAPES, |byte| byte == b'\\');
    let start = reader.skip_back(start, 1, |byte| byte == b'b');
    reader.skip_back(start, ESCAPES, |byte| byte.is_ascii_whitespace())
}

/// Whether a bracket opens right before a label.
fn opens(reader: Reader<'_>, label: &Label<'_>) -> bool {
    matches!(reader.before(outside(reader, label)), b'[' | b'(')
}

/// Whether a label is the first of a pair in a list of pairs.
fn is_pair(reader: Reader<'_>, label: &Label<'_>) -> bool {
    let open = outside(reader, label);
    let list = reader.skip_back(open.saturating_sub(1), ESCAPES, |byte| byte.is_ascii_whitespace());
    opens(reader, label) && matches!(reader.before(list), b'[' | b',' | b'(')
}

/// What is cut behind the cell of a table that ends at `bar`.
pub(super) fn cell<'a>(reader: Reader<'a>, bar: usize, keys: &Keys) -> Option<Cut<'a>> {
    let first = reader.skip_back(bar, LONGEST, |byte| !b"|\n\r".contains(&byte));
    let name = reader.slice(first, bar).trim_matches([' ', '*', '`']);
    if name.is_empty() || reader.before(first) != b'|' && first > 0 || keys.judge(name) == Verdict::Open {
        return None;
    }
    let start = reader.skip(bar + 1, ESCAPES, |byte| b" *`".contains(&byte));
    let end = reader.skip(start, LONGEST * 2, |byte| !b"|\n\r`".contains(&byte));
    let value = reader.slice(start, end).trim_end_matches([' ', '*']);
    looks_secret(value).then(|| Cut::text(reader.text, start, start + value.len()))?
}

#[cfg(test)]
mod tests {
    use super::super::pairs::masked;

    #[test]
    fn the_second_of_a_pair_goes() {
        for (given, expected) in [
            (r#"[["password","x y"]]"#, r#"[["password","[redacted]"]]"#),
            (r#"[("a", "b"), ("token", "x")]"#, r#"[("a", "b"), ("token", "[redacted]")]"#),
            ("[(b'authorization', b'Bearer x')]", "[(b'authorization', b'Bearer [redacted]')]"),
            (r#"set("X-Api-Key", "abc123d")"#, r#"set("X-Api-Key", "[redacted]")"#),
            (r#"["Host","h","Cookie","a=b"]"#, r#"["Host","h","Cookie","[redacted]"]"#),
            ("| password | abc123d |", "| password | [redacted] |"),
        ] {
            assert_eq!(masked(given).as_deref(), Some(expected), "{given}");
        }
    }

    #[test]
    fn lists_of_names_stay() {
        for text in [
            r#"{"required":["password","email"]}"#,
            r#"["token","count"]"#,
            "| token | count |",
            "'password', 'a'",
            "a || token | b",
        ] {
            assert_eq!(masked(text), None, "{text}");
        }
    }
}
