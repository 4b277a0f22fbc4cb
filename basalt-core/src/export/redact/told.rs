//! Names and values that are members of their own: `{"name": "…", "value": "…"}`, in either order, and attributes of
//! elements, lists of variables, headers and fields.

use super::{
    block,
    key::{Keys, Verdict},
    label::{LONGEST, is_quote},
    mask::Cut,
    plain,
    reader::{ESCAPES, Reader},
    value::Field,
};

/// Members that hold a name, and members that hold the value it names.
const NAMES: [&str; 8] = ["name", "key", "id", "label", "field", "header", "variable", "type"];
const VALUES: [&str; 4] = ["value", "val", "content", "v"];

/// Between a value and the name behind it.
const APART: usize = 128;

/// What the latest name says of the value to come, and the latest value that no name has told of.
#[derive(Default)]
pub(super) struct Told {
    pub(super) verdict: Verdict,
    /// Where the name ends.
    pub(super) at: usize,
    waiting: Option<(usize, usize)>,
}

impl Told {
    /// Listens to a member. None if it is neither a name nor the value of one; else what is cut.
    pub(super) fn hear<'a>(
        &mut self,
        field: &Field<'a>,
        keys: &Keys,
        cuts: &mut Vec<Cut<'a>>,
    ) -> Option<Option<Cut<'a>>> {
        let is = |name: &&str| field.label.key.eq_ignore_ascii_case(name);
        if let Some(name) = NAMES.iter().find(|name| is(name)) {
            return self.name(field, *name == "type", keys, cuts);
        }
        let value = VALUES.iter().find(|name| is(name))?;
        if *value == "content" && !is_attribute(field) {
            return None;
        }
        let verdict = std::mem::take(&mut self.verdict);
        let near = is_attribute(field) || field.label.quote.is_some() || field.label.leads(field.reader);
        if verdict != Verdict::Open && near {
            return Field { verdict, ..*field }.value().map(Some);
        }
        self.waiting = string(field);
        None
    }

    fn name<'a>(
        &mut self,
        field: &Field<'a>,
        is_type: bool,
        keys: &Keys,
        cuts: &mut Vec<Cut<'a>>,
    ) -> Option<Option<Cut<'a>>> {
        let reader = field.reader;
        let (start, end) = string(field).or_else(|| word(field))?;
        let name = reader.slice(start, end);
        if is_type && !name.eq_ignore_ascii_case("password") {
            return None;
        }
        let verdict = if end - start > LONGEST { Verdict::Open } else { keys.judge(name) };
        let waiting = self.waiting.take();
        (self.verdict, self.at) = (verdict, end);
        if verdict == Verdict::Open {
            return None;
        }
        if let Some((first, last)) = waiting.filter(|(_, last)| joined(reader, *last, field.label.start)) {
            cuts.extend(Cut::text(reader.text, first, last));
            self.verdict = Verdict::Open;
        }
        let quote = reader.skip(end, ESCAPES, |byte| byte == b'\\');
        let part = field.label.quote.is_none() && is_quote(reader.byte(quote));
        let body = part.then(|| block::body(reader, field.label.start, quote + 1))?;
        body.map(Some)
    }
}

/// Whether nothing between a value and a name ends what both are in.
fn joined(reader: Reader<'_>, end: usize, start: usize) -> bool {
    start >= end && start - end <= APART && !reader.slice(end, start).contains(['{', '}', '<', '>'])
}

/// `name="…"` of an element.
fn is_attribute(field: &Field<'_>) -> bool {
    let equals = field.reader.before(field.behind) == b'=';
    let quote = field.reader.skip(field.behind, ESCAPES, |byte| byte == b'\\');
    field.label.quote.is_none() && equals && is_quote(field.reader.byte(quote))
}

/// Where the content of a string is, if it is no long one.
fn string(field: &Field<'_>) -> Option<(usize, usize)> {
    let reader = field.reader;
    let start = reader.skip(field.behind, ESCAPES, |byte| byte.is_ascii_whitespace());
    let quote = reader.skip(start, ESCAPES, |byte| byte == b'\\');
    let mark = reader.byte(quote);
    let end = reader.skip(quote + 1, plain::LONGEST_WORD, |byte| byte != mark && byte != b'\\');
    (is_quote(mark) && !matches!(reader.byte(end), 0)).then_some((quote + 1, end))
}

/// The word behind a name that begins a line.
fn word(field: &Field<'_>) -> Option<(usize, usize)> {
    let reader = field.reader;
    let start = reader.skip(field.behind, ESCAPES, |byte| byte == b' ');
    let end = plain::word_end(reader, start);
    let line = reader.byte(field.delimiter) == b':' && field.label.leads(reader);
    line.then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::super::pairs::masked;

    #[test]
    fn a_name_tells_of_the_value_beside_it_in_either_order() {
        for (given, expected) in [
            (r#"{"value":"x y","name":"DB_PASSWORD"}"#, r#"{"value":"[redacted]","name":"DB_PASSWORD"}"#),
            (
                r#"{"Value": "x", "n": 1, "Key": "token"}"#,
                r#"{"Value": "[redacted]", "n": 1, "Key": "token"}"#,
            ),
            ("- name: API_KEY\n  value: x\n", "- name: API_KEY\n  value: [redacted]\n"),
            (r#"<add key="password" value="x"/>"#, r#"<add key="password" value="[redacted]"/>"#),
            (r#"<add value="x" key="password"/>"#, r#"<add value="[redacted]" key="password"/>"#),
            (r#"<input type="password" value="x">"#, r#"<input type="password" value="[redacted]">"#),
        ] {
            assert_eq!(masked(given).as_deref(), Some(expected), "{given}");
        }
    }

    #[test]
    fn a_name_tells_of_no_other_value() {
        for text in [
            r#"[{"value":"x"},{"name":"token"}]"#,
            r#"{"value":"x","name":"user"}"#,
            r#"<option value="x"><input name="token">"#,
            r#"{"name":"get_token","content":"hello"}"#,
            "the name: password, the value: high",
        ] {
            assert_eq!(masked(text), None, "{text}");
        }
    }
}
