//! Values without quotes: parameters, headers, variables, and what follows a colon in prose.

use super::{
    key::{Verdict, Words},
    label::Label,
    mask::scheme,
    quoted::string_end,
    random::looks_random,
    value::Cut,
};

/// A word under the name of a secret that is longer than this is one.
const LONGEST_WORD: usize = 512;

/// Words that follow the name of a secret where none is given.
const NOTHING: [&str; 6] = ["null", "none", "nil", "undefined", "", "-"];
const BOOLS: [&str; 2] = ["true", "false"];
const TYPES: [&str; 14] = [
    "str", "string", "&str", "int", "number", "bool", "boolean", "text", "bytes", "any", "object",
    "required", "optional", "invalid",
];

fn one_of(words: &[&str], word: &str) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Whether a word stands for no secret.
pub(super) fn says_nothing(word: &str, verdict: Verdict) -> bool {
    one_of(&NOTHING, word) || verdict == Verdict::Secret && one_of(&BOOLS, word)
}

/// What is cut of a value that starts at `start`.
pub(super) fn cut<'a>(
    text: &'a str,
    delimiter: usize,
    start: usize,
    label: &Label<'a>,
    verdict: Verdict,
) -> Option<Cut<'a>> {
    let bytes = text.as_bytes();
    let byte = |at: Option<usize>| at.and_then(|at| bytes.get(at)).copied();
    let joined = byte(Some(delimiter)) == Some(b'=') && start == delimiter + 1;
    if byte(Some(delimiter + 1)) == Some(b':') || byte(delimiter.checked_sub(1)) == Some(b':') {
        return None;
    }
    let credential = start + scheme(text.get(start..)?).len();
    let mut cut = if joined && byte(delimiter.checked_sub(1)).is_some_and(|byte| byte != b' ') {
        parameter(text, credential, label, verdict)
    } else if verdict == Verdict::Named {
        Cut::text(text, start, line_end(text, start, b",;"))
    } else {
        statement(text, credential, label, credential > start)
    }?;
    if cut.start == credential {
        cut.scheme = "";
    }
    Some(cut)
}

/// `name=value` in a query, a form, a connection string or an environment.
fn parameter<'a>(text: &'a str, start: usize, label: &Label<'_>, verdict: Verdict) -> Option<Cut<'a>> {
    let environment = !label.key.bytes().any(|byte| byte.is_ascii_lowercase());
    let end = line_end(text, start, if environment { b" \t" } else { b" \t&;<" });
    let end = start + text.get(start..end)?.trim_end_matches([',', ')', ']', '}', '.']).len();
    (!says_nothing(text.get(start..end)?, verdict)).then(|| Cut::text(text, start, end))?
}

/// `Name: value` of a header or in a sentence, `name = value` of a program or a file.
fn statement<'a>(text: &'a str, start: usize, label: &Label<'_>, scheme: bool) -> Option<Cut<'a>> {
    let end = line_end(text.get(..text.len().min(start + LONGEST_WORD)).unwrap_or(text), start, b" \t,;&<");
    if end >= start + LONGEST_WORD {
        return Cut::text(text, start, line_end(text, start, b" \t"));
    }
    let given = text.get(start..end)?;
    let word = given.trim_end_matches([',', ')', ']', '}', '.', '!', '?', ':', '*', '`']);
    if says_nothing(word, Verdict::Secret) || word.contains('(') {
        return None;
    }
    let alone = text
        .get(end..)
        .is_some_and(|rest| rest.trim_start_matches([' ', '\t']).is_empty() || ends_here(rest));
    let sentence = given.ends_with('.') && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let stated = alone && label.leads(text) && !sentence && !one_of(&TYPES, word);
    let header = Words(label.key).any(|word| one_of(&["authorization", "cookie"], word));
    if header && (scheme || word.contains('=') || stated || looks_random(word)) {
        return Cut::text(text, start, header_end(text, start));
    }
    (scheme || stated || looks_random(word)).then(|| Cut::text(text, start, start + word.len()))?
}

/// Whether a statement is over with what comes next.
fn ends_here(rest: &str) -> bool {
    let rest = rest.trim_start_matches([' ', '\t']);
    rest.starts_with(['\n', '\r', '"', '\'', ',', ';', '}', '`', '&']) || is_escape(rest.as_bytes())
}

/// A line feed, a tab or a quote, as strings of JSON write them.
fn is_escape(bytes: &[u8]) -> bool {
    matches!(bytes, [b'\\', b'n' | b'r' | b't' | b'"' | b'\'' | b'\\', ..])
}

/// Where a line ends, or the string it stands in, or one of `others` comes.
fn line_end(text: &str, start: usize, others: &[u8]) -> usize {
    let bytes = text.as_bytes();
    let ends = |at: &usize| {
        let byte = bytes.get(*at).copied().unwrap_or_default();
        matches!(byte, b'\n' | b'\r' | b'"' | b'\'' | b'`')
            || others.contains(&byte)
            || byte == b'\\' && is_escape(bytes.get(*at..).unwrap_or_default())
    };
    (start..bytes.len()).find(ends).unwrap_or(text.len())
}

/// Where a header ends: quotes behind `=` are part of it, any other ends the string it stands in.
fn header_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut end = line_end(text, start, b"");
    while end.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'=') {
        let escapes = bytes.iter().skip(end).take(64).take_while(|byte| **byte == b'\\').count();
        let Some(quote @ (b'"' | b'\'')) = bytes.get(end + escapes).copied() else { break };
        let closing = string_end(text, end + escapes + 1, quote, escapes);
        end = line_end(text, (closing + escapes + 1).min(text.len()), b"");
    }
    end
}

/// Where a bare word of JSON ends.
pub(super) fn word_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes().iter().enumerate().skip(start);
    let mut ends = bytes.filter(|(_, byte)| byte.is_ascii_whitespace() || b",}]\"\\".contains(byte));
    ends.next().map_or(text.len(), |(at, _)| at)
}
