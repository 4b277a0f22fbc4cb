//! Where strings and objects end, also inside texts that are strings of JSON themselves.

use super::reader::{Reader, work};

/// Where the content of a string ends that `escapes` backslashes and a quote opened before `start`; the end of
/// the text, if it was cut.
pub(super) fn string_end(reader: Reader<'_>, start: usize, quote: u8, escapes: usize) -> usize {
    let mut run = 0;
    for (at, byte) in reader.text.bytes().enumerate().skip(start) {
        work::add(1);
        match byte {
            b'\\' => run += 1,
            byte if byte == quote && closes(run, escapes) => return at - run.min(escapes),
            _ => run = 0,
        }
    }
    reader.len()
}

/// Behind three quotes, as they are or escaped, that open a string at `start`; none if there are fewer.
pub(super) fn long_opening(reader: Reader<'_>, start: usize, quote: u8, escapes: usize) -> Option<usize> {
    let mut at = start;
    for _ in 0..3 {
        let mark = reader.skip(at, escapes, |byte| byte == b'\\');
        if mark - at != escapes || reader.byte(mark) != quote {
            return None;
        }
        at = mark + 1;
    }
    Some(at)
}

/// Where the content of a string between three quotes ends that opened before `start`, each behind `escapes`
/// backslashes.
pub(super) fn long_string_end(reader: Reader<'_>, start: usize, quote: u8, escapes: usize) -> usize {
    let mut run = 0;
    for (at, byte) in reader.text.bytes().enumerate().skip(start) {
        work::add(1);
        match byte {
            byte if byte == quote => run += 1,
            b'\\' => {}
            _ => run = 0,
        }
        if run == 3 {
            return (at + 1).saturating_sub(3 * (escapes + 1)).max(start);
        }
    }
    reader.len()
}

/// Where the object or list ends that opens at `start`; the end of the text, if it was cut.
pub(super) fn bracket_end(reader: Reader<'_>, start: usize, quote: u8, escapes: usize) -> usize {
    let mut depth = 0_usize;
    let mut run = 0;
    let mut inside = false;
    for (at, byte) in reader.text.bytes().enumerate().skip(start) {
        work::add(1);
        let before = run;
        run = if byte == b'\\' { run + 1 } else { 0 };
        match byte {
            byte if byte == quote && before < escapes => return at - before,
            byte if byte == quote && inside => inside = !closes(before, escapes),
            byte if byte == quote => inside = true,
            b'{' | b'[' | b'(' if !inside => depth += 1,
            b'}' | b']' | b')' if !inside => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    reader.len()
}

/// Whether a quote behind `run` backslashes closes a string whose own quotes have `escapes` of them: none in
/// plain JSON, one in JSON in JSON, three in JSON in JSON in JSON.
fn closes(mut run: usize, mut escapes: usize) -> bool {
    while escapes > 0 {
        if run.is_multiple_of(2) {
            return true;
        }
        run /= 2;
        escapes /= 2;
    }
    run.is_multiple_of(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_ends_at_its_own_quote() {
        let end = |text, escapes| string_end(Reader { text, cut: false }, 0, b'"', escapes);
        let content = |text: &'static str, escapes| text.get(..end(text, escapes)).unwrap();
        assert_eq!(content(r#"a", "b""#, 0), "a");
        assert_eq!(content(r#"a\"b\\", c"#, 0), r#"a\"b\\"#);
        assert_eq!(content(r#"a\\\"b\", c"#, 1), r#"a\\\"b"#);
        assert_eq!(content(r#"a\\\\\", c"#, 1), r"a\\\\");
        assert_eq!(content(r#"cut by the outer string", c"#, 1), "cut by the outer string");
        assert_eq!(content("cut", 0), "cut");
    }

    #[test]
    fn a_long_string_ends_at_three_quotes() {
        let end = |text, escapes| long_string_end(Reader { text, cut: false }, 0, b'"', escapes);
        assert_eq!(end("a \"b\" c\"\"\" d", 0), 7);
        assert_eq!(end(r#"a \"b\" c\"\"\" d"#, 1), 9);
        assert_eq!(end("cut\"", 0), 4);
    }

    #[test]
    fn an_object_ends_at_its_own_bracket() {
        let end = |text, escapes| bracket_end(Reader { text, cut: false }, 0, b'"', escapes);
        let whole = |text: &'static str, escapes| text.get(..end(text, escapes)).unwrap();
        assert_eq!(whole(r#"{"a":["}"]},1"#, 0), r#"{"a":["}"]}"#);
        assert_eq!(whole(r#"{\"a\":\"}\\\"\"},1"#, 1), r#"{\"a\":\"}\\\"\"}"#);
        assert_eq!(whole(r#"["cut"#, 0), r#"["cut"#);
        assert_eq!(whole(r#"[\"cut\"","b":1"#, 1), r#"[\"cut\""#);
    }
}
