//! Values without quotes: parameters, headers, variables, and what follows a colon in prose.

use super::{
    key::{Verdict, Words},
    label::Label,
    mask::{Cut, MASK, scheme},
    phrase,
    quoted::string_end,
    random::{looks_like_a_key, looks_random, looks_secret},
    reader::{ESCAPES, Reader},
    value::Field,
};

/// A word under the name of a secret that is longer than this is one.
pub(super) const LONGEST_WORD: usize = 128;

/// Words that follow the name of a secret where none is given.
const NOTHING: [&str; 6] = ["null", "none", "nil", "undefined", "", "-"];
const BOOLS: [&str; 2] = ["true", "false"];
const TYPES: [&str; 16] = [
    "str", "string", "&str", "int", "number", "bool", "boolean", "text", "bytes", "any", "object",
    "required", "optional", "invalid", "read", "write",
];

fn one_of(words: &[&str], word: &str) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Whether a word stands for no secret.
pub(super) fn says_nothing(word: &str, verdict: Verdict) -> bool {
    one_of(&NOTHING, word) || verdict != Verdict::Named && one_of(&BOOLS, word)
}

/// Whether a word only says where the secret is, or where it is put: `${NAME}`, `{{ name }}`, `process.env.NAME`,
/// `{name}`, `%s`.
pub(super) fn is_reference(word: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    };
    let is_variable = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit())
    };
    let between = |start, end| word.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
    between("${", "}").is_some_and(is_name)
        || between("%(", ")s").or(between("$(", ")")).is_some_and(is_name)
        || word.strip_prefix('$').is_some_and(is_variable)
        || between("{", "}").is_some_and(|name| {
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:?#".contains(&byte))
        })
        || word.strip_prefix('%').is_some_and(|kind| matches!(kind, "s" | "d" | "v" | "r" | "@"))
        || word.starts_with("{{")
        || word.starts_with("${{")
        || ["process.env.", "env.", "os.environ", "ENV["].iter().any(|start| word.starts_with(start))
}

/// What is cut of a value that starts at `start`.
pub(super) fn cut<'a>(field: &Field<'a>, start: usize) -> Option<Cut<'a>> {
    let reader = field.reader;
    let path = reader.byte(field.behind) == b':' && reader.byte(field.behind + 1) != b' ';
    if path || reader.before(field.delimiter) == b':' {
        return None;
    }
    let equals = matches!(reader.byte(field.delimiter), b'=' | 0xef);
    let joined = equals && start == field.behind && reader.before(field.delimiter) != b' ';
    let credential = start + scheme(reader.text.get(start..)?).len();
    if reader.has(credential, MASK) {
        return None;
    }
    let mut cut = match (joined, field.verdict) {
        (true, _) => parameter(field, credential),
        (false, Verdict::Named) => Cut::text(reader.text, start, line_end(reader, start, b",;")),
        (false, _) => statement(field, credential, credential > start),
    }?;
    if cut.start == credential {
        cut.scheme = "";
    }
    Some(cut)
}

/// `name=value` in a query, a form, a connection string or an environment.
fn parameter<'a>(field: &Field<'a>, start: usize) -> Option<Cut<'a>> {
    let reader = field.reader;
    let environment = !field.label.key.bytes().any(|byte| byte.is_ascii_lowercase());
    let ends: &[u8] = if environment { b" \t" } else { b" \t&;<" };
    if field.verdict == Verdict::Likely {
        let end = word_end(reader, start);
        let word = reader.slice(start, end);
        return (looks_secret(word) || ends_a_cut(reader, end))
            .then(|| Cut::text(reader.text, start, end))?;
    }
    let end = line_end(reader, start, ends);
    let whole = reader.slice(start, end);
    let given = whole.trim_end_matches([',', ')', ']', '}', '.']);
    let nothing = says_nothing(given, field.verdict) || is_reference(whole);
    (!nothing).then(|| Cut::text(reader.text, start, start + given.len()))?
}

/// `Name: value` of a header or in a sentence, `name = value` of a program or a file.
fn statement<'a>(field: &Field<'a>, start: usize, scheme: bool) -> Option<Cut<'a>> {
    let (reader, label) = (field.reader, &field.label);
    let end = word_end(reader, start);
    if end >= start + LONGEST_WORD {
        return Cut::text(reader.text, start, line_end(reader, start, b" \t"));
    }
    let given = reader.slice(start, end);
    let word = given.trim_end_matches([',', ')', ']', '}', '.', '!', '?', ':', '*', '`']);
    if says_nothing(word, Verdict::Secret) || word.contains('(') || is_reference(given) || is_reference(word)
    {
        return None;
    }
    if given.starts_with('!') && reader.byte(end) == b' ' {
        return None;
    }
    if field.verdict == Verdict::Likely {
        return looks_secret(word).then(|| Cut::text(reader.text, start, start + word.len()))?;
    }
    let stated = stated(field, given, word, end) || ends_a_cut(reader, start + word.len());
    let header = Words(label.key).any(|word| one_of(&["authorization", "cookie"], word));
    if header && (scheme || word.contains('=') || stated || looks_random(word)) {
        return Cut::text(reader.text, start, header_end(reader, start));
    }
    if scheme || stated || looks_random(word) {
        return Cut::text(reader.text, start, start + word.len());
    }
    phrase::end(field, start).map(|end| Cut::text(reader.text, start, end))?
}

/// Whether a word is all that a statement says.
fn stated(field: &Field<'_>, given: &str, word: &str, end: usize) -> bool {
    let reader = field.reader;
    let rest = reader.skip(end, ESCAPES, |byte| matches!(byte, b' ' | b'\t'));
    let alone = rest == reader.len()
        || b"\n\r\"',;}`&".contains(&reader.byte(rest))
        || is_escape(reader, rest)
        || reader.has(rest, "# ") && rest > end;
    let sentence = given.ends_with('.') && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    alone && field.label.leads(reader) && !sentence && !one_of(&TYPES, word)
}

/// `?key=…` in a query: a key of an API only if it looks like one.
pub(super) fn is_query_key(reader: Reader<'_>, label: &Label<'_>, behind: usize) -> bool {
    let asked = label.quote.is_none()
        && label.key.eq_ignore_ascii_case("key")
        && matches!(reader.before(label.start), b'?' | b'&')
        && reader.before(behind) == b'=';
    asked && {
        let key = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        looks_like_a_key(reader.slice(behind, reader.skip(behind, LONGEST_WORD, key)))
    }
}

/// Whether a text was cut right behind a word: what is missing cannot tell what it is.
fn ends_a_cut(reader: Reader<'_>, end: usize) -> bool {
    reader.cut && end == reader.len()
}

/// A line feed, a tab or a quote, as strings of JSON write them.
fn is_escape(reader: Reader<'_>, at: usize) -> bool {
    reader.byte(at) == b'\\' && matches!(reader.byte(at + 1), b'n' | b'r' | b't' | b'"' | b'\'' | b'\\')
}

/// Whether a word that is all of a line may be a value.
pub(super) fn is_value(word: &str) -> bool {
    !says_nothing(word, Verdict::Secret) && !one_of(&TYPES, word) && !word.contains('(')
}

/// Where a word in a statement ends, at most [`LONGEST_WORD`] bytes on.
pub(super) fn word_end(reader: Reader<'_>, start: usize) -> usize {
    ends(reader, start, LONGEST_WORD, b" \t,;&<")
}

/// Where a line ends, or the string it stands in, or one of `others` comes.
pub(super) fn line_end(reader: Reader<'_>, start: usize, others: &[u8]) -> usize {
    ends(reader, start, usize::MAX, others)
}

fn ends(reader: Reader<'_>, start: usize, most: usize, others: &[u8]) -> usize {
    let ends = |byte: u8| matches!(byte, b'\n' | b'\r' | b'"' | b'\'' | b'`') || others.contains(&byte);
    let limit = start.saturating_add(most).min(reader.len());
    let mut at = start;
    loop {
        at = reader.skip(at, limit.saturating_sub(at), |byte| !ends(byte) && byte != b'\\');
        if at >= limit {
            return reader.skip(limit, 4, |byte| byte & 0xc0 == 0x80);
        }
        if ends(reader.byte(at)) || is_escape(reader, at) {
            return at;
        }
        at += 1;
    }
}

/// Where a header ends: quotes behind `=` are part of it, any other ends the string it stands in.
fn header_end(reader: Reader<'_>, start: usize) -> usize {
    let mut end = line_end(reader, start, b"");
    while reader.before(end) == b'=' {
        let escapes = reader.skip(end, ESCAPES, |byte| byte == b'\\') - end;
        let quote @ (b'"' | b'\'') = reader.byte(end + escapes) else { break };
        let closing = string_end(reader, end + escapes + 1, quote, escapes);
        end = line_end(reader, (closing + escapes + 1).min(reader.len()), b"");
    }
    end
}
