//! Values on the lines below their name: blocks and lists of YAML, bodies of multipart forms.

use super::{
    label::is_quote,
    mask::Cut,
    plain,
    quoted::string_end,
    random::looks_random,
    reader::{ESCAPES, Reader},
    value::Field,
};

/// Bytes of a header line that is skipped, and lines of headers.
const HEADER: usize = 128;
const HEADERS: usize = 4;

/// What is cut of the lines below a name that has nothing, or only `|` or `>`, behind its colon at `start`. None if
/// something stands there.
pub(super) fn below<'a>(field: &Field<'a>, start: usize) -> Option<Option<Cut<'a>>> {
    let reader = field.reader;
    if reader.byte(field.delimiter) != b':' {
        return None;
    }
    let indicated = matches!(reader.byte(start), b'|' | b'>');
    let indicator = reader.skip(start, 4, |byte| b"|>+-123456789".contains(&byte));
    let behind = reader.skip(indicator, ESCAPES, |byte| byte == b' ');
    let mut line = reader.line_break(behind)?;
    while indicated && let Some(next) = reader.line_break(line) {
        line = next;
    }
    let content = reader.skip(line, usize::MAX, |byte| byte == b' ');
    let indentation = field.label.indentation(reader).filter(|indentation| content - line > *indentation);
    Some(indentation.and_then(|indentation| match indicated {
        true => Cut::text(reader.text, content, block_end(reader, content, indentation)),
        false => scalar(reader, content),
    }))
}

/// Where the lines end that are further in than `indentation`.
fn block_end(reader: Reader<'_>, content: usize, indentation: usize) -> usize {
    let mut end = plain::line_end(reader, content, b"");
    while let Some(line) = reader.line_break(end) {
        let next = reader.skip(line, usize::MAX, |byte| byte == b' ');
        let blank = reader.line_break(next).is_some();
        if !blank && next - line <= indentation || next == reader.len() {
            break;
        }
        end = if blank { next } else { plain::line_end(reader, next, b"") };
    }
    end
}

/// One value on a line by itself, perhaps the first of a list; names of secrets are listed too.
fn scalar<'a>(reader: Reader<'a>, content: usize) -> Option<Cut<'a>> {
    let listed = reader.has(content, "- ");
    let start = if listed { content + 2 } else { content };
    let escapes = reader.skip(start, ESCAPES, |byte| byte == b'\\') - start;
    let quote = reader.byte(start + escapes);
    if is_quote(quote) {
        let inside = start + escapes + 1;
        return Cut::text(reader.text, inside, string_end(reader, inside, quote, escapes));
    }
    let end = plain::word_end(reader, start);
    let word = reader.slice(start, end);
    let alone = end == reader.len() || reader.line_break(end).is_some() || is_quote(reader.byte(end));
    let text = !word.ends_with([':', '.', '?', '!']) && !word.starts_with(['#', '-', '<', '[', '{', '|']);
    let one = alone && text && !plain::is_reference(word) && !word.contains(": ");
    (one && (looks_random(word) || !listed && plain::is_value(word)))
        .then(|| Cut::text(reader.text, start, end))?
}

/// The body of the part of a multipart form whose name ends at `at`; `start` is where its label starts.
pub(super) fn body<'a>(reader: Reader<'a>, start: usize, at: usize) -> Option<Cut<'a>> {
    let disposition = reader.skip_back(start, 32, |byte| byte != b'\n' && byte != b'\r');
    if !reader.slice(disposition, start).contains("form-data") {
        return None;
    }
    let mut at = at;
    for _ in 0..HEADERS {
        let end = reader.skip(at, HEADER, |byte| !b"\r\n\\".contains(&byte));
        let line = if reader.byte(end) == b'\\' && reader.line_break(end).is_none() {
            end + 1
        } else {
            reader.line_break(end)?
        };
        if let Some(content) = reader.line_break(line) {
            return Cut::text(reader.text, content, boundary(reader, content));
        }
        at = line;
    }
    None
}

/// The line break before the next line that begins with two dashes.
fn boundary(reader: Reader<'_>, start: usize) -> usize {
    let mut at = start;
    loop {
        let end = reader.skip(at, usize::MAX, |byte| !b"\r\n\\".contains(&byte));
        match reader.line_break(end) {
            Some(line) if reader.has(line, "--") => return end,
            Some(line) => at = line,
            None if end == reader.len() => return end,
            None => at = end + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pairs::masked;

    #[test]
    fn a_block_of_yaml_goes_as_a_whole() {
        assert_eq!(masked("password: |\n  a\n\n  b\nc: d").unwrap(), "password: |\n  [redacted]\nc: d");
        assert_eq!(
            masked("- password: >-\n    a\n  b: c").unwrap(),
            "- password: >-\n    [redacted]\n  b: c"
        );
        assert_eq!(
            masked(r#"{"t":"password: |\n  a\n"}"#).unwrap(),
            r#"{"t":"password: |\n  [redacted]\n"}"#
        );
    }

    #[test]
    fn a_value_below_its_name_goes() {
        assert_eq!(masked("password:\n  hunter2\n").unwrap(), "password:\n  [redacted]\n");
        assert_eq!(masked("passwords:\n  - \"a b\"\nx: y").unwrap(), "passwords:\n  - \"[redacted]\"\nx: y");
        assert_eq!(masked(r"token:\n  abc\n").unwrap(), r"token:\n  [redacted]\n");
    }

    #[test]
    fn the_part_of_a_form_goes() {
        let form = |value: &str| {
            let head = "--x\r\nContent-Disposition: form-data; name=\"password\"\r\nContent-Type: text/plain";
            format!("{head}\r\n\r\n{value}\r\n--x--")
        };
        assert_eq!(masked(&form("a\r\nb")).unwrap(), form("[redacted]"));
    }

    #[test]
    fn what_is_below_and_no_value_stays() {
        for text in [
            "password:\nhunter",
            "password:\n  must be long",
            "secrets:\n  - db_password\n  - api",
            "credentials:\n  user: ann",
            "name=\"password\"\n\nhello",
            "Passwords:\n\n  Some text",
        ] {
            assert_eq!(masked(text), None, "{text}");
        }
    }
}
