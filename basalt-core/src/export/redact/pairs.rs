//! Names and values inside a text: JSON, also as a string in JSON, URLs, forms, headers, environments, programs.
//! The text is scanned once, not parsed: what is not hidden stays as it was, and a text that was cut is read as
//! far as it goes.

use super::{
    columns::Columns,
    key::{Keys, Verdict},
    label::Label,
    markup,
    mask::Cut,
    plain,
    reader::{Reader, work},
    told::Told,
    tuple, url,
    value::Field,
};

/// Adds the values of redacted keys to the cuts.
pub(super) fn find<'a>(reader: Reader<'a>, keys: &Keys, cuts: &mut Vec<Cut<'a>>) {
    let (told, run) = (Told::default(), url::Run::default());
    let mut scan = Scan { reader, keys, told, run, columns: Columns::default(), judged: [None; JUDGED] };
    let mut at = 0;
    while let Some(mark) = next(reader, at) {
        at = mark + 1;
        if let Some(cut) = scan.cut(mark, cuts) {
            at = cut.end.max(at);
            cuts.push(cut);
        }
    }
}

/// Whether names and values may meet at a byte.
fn is_mark(byte: u8) -> bool {
    matches!(byte, b':' | b'=' | b'>' | b',' | b'|' | 0xef)
}

/// The first mark from `at` on.
fn next(reader: Reader<'_>, at: usize) -> Option<usize> {
    let rest = reader.text.as_bytes().get(at..)?;
    let found = rest.iter().position(|byte| is_mark(*byte));
    work::add(found.map_or(rest.len(), |found| found + 1));
    Some(at + found?)
}

/// Names of a text whose verdicts are kept: most texts use the same ones again and again.
const JUDGED: usize = 16;

/// What is known on the way through a text.
struct Scan<'a, 'k> {
    reader: Reader<'a>,
    keys: &'k Keys,
    told: Told,
    run: url::Run,
    columns: Columns,
    judged: [Option<(&'a str, Verdict)>; JUDGED],
}

impl<'a> Scan<'a, '_> {
    fn cut(&mut self, mark: usize, cuts: &mut Vec<Cut<'a>>) -> Option<Cut<'a>> {
        let reader = self.reader;
        match reader.byte(mark) {
            b',' => {
                self.columns.find(reader, mark, self.keys, cuts);
                tuple::cut(reader, mark, self.keys)
            }
            b'|' => {
                self.columns.find(reader, mark, self.keys, cuts);
                tuple::cell(reader, mark, self.keys)
            }
            b'>' if reader.before(mark) == b'-' => self.arrow(mark),
            b'>' => markup::cut(reader, mark, self.keys, &mut self.told),
            0xef => {
                let wide = ["\u{ff1a}", "\u{ff1d}"].iter().any(|wide| reader.has(mark, wide));
                wide.then(|| self.named(mark, mark + 3, cuts))?
            }
            b':' if self.keys.known => match self.run.password(reader, mark) {
                Some((start, end)) => Some(Cut::plain(start, end)),
                None => self.named(mark, mark + 1, cuts),
            },
            _ => self.named(mark, mark + 1, cuts),
        }
    }

    /// What is cut at a delimiter behind a name.
    fn named(&mut self, delimiter: usize, behind: usize, cuts: &mut Vec<Cut<'a>>) -> Option<Cut<'a>> {
        let reader = self.reader;
        let label = Label::before(reader, delimiter)?;
        let field = Field { reader, label, delimiter, behind, verdict: Verdict::Open };
        if let Some(told) = self.told.hear(&field, self.keys, cuts) {
            return told;
        }
        let verdict = self.verdict(&label, behind);
        if verdict == Verdict::Open {
            return None;
        }
        Field { verdict, ..field }.value()
    }

    fn verdict(&mut self, label: &Label<'a>, behind: usize) -> Verdict {
        let verdict = match (self.judge(label.key), label.escaped) {
            (Verdict::Open, Some(escaped)) => self.judge(escaped),
            (verdict, _) => verdict,
        };
        let signs = || signs(self.reader, behind, label) || plain::is_query_key(self.reader, label, behind);
        if verdict == Verdict::Open && self.keys.known && signs() { Verdict::Secret } else { verdict }
    }

    fn judge(&mut self, name: &'a str) -> Verdict {
        work::add(name.len());
        let end = |byte: Option<&u8>| usize::from(byte.copied().unwrap_or_default());
        let place = name.len() + 5 * end(name.as_bytes().first()) + end(name.as_bytes().last());
        let Some(kept) = self.judged.get_mut(place % JUDGED) else { return self.keys.judge(name) };
        match kept {
            Some((known, verdict)) if *known == name => *verdict,
            kept => kept.insert((name, self.keys.judge(name))).1,
        }
    }

    /// `password -> hunter2`, which is the type of a function more often.
    fn arrow(&mut self, mark: usize) -> Option<Cut<'a>> {
        let label = Label::before(self.reader, mark.checked_sub(1)?)?;
        let verdict = match self.verdict(&label, mark + 1) {
            Verdict::Secret => Verdict::Likely,
            verdict => verdict,
        };
        let field = Field { reader: self.reader, label, delimiter: mark - 1, behind: mark + 1, verdict };
        (verdict != Verdict::Open).then(|| field.value())?
    }
}

/// The signature of a signed URL.
fn signs(reader: Reader<'_>, behind: usize, label: &Label<'_>) -> bool {
    let long = |byte: u8| byte.is_ascii_alphanumeric() || b"=%+/-_".contains(&byte);
    label.quote.is_none()
        && reader.before(behind) == b'='
        && label.key.eq_ignore_ascii_case("sig")
        && reader.skip(behind, 16, long) == behind + 16
}

/// A text without the values of keys that are known for secrets.
#[cfg(test)]
pub(super) fn masked(text: &str) -> Option<String> {
    let mut cuts = Vec::new();
    find(Reader { text, cut: false }, &Keys { known: true, named: Vec::new() }, &mut cuts);
    super::mask::apply(text, cuts)
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn json_keeps_its_shape() {
        for (given, expected) in [
            (r#"{"password":"x"}"#, r#"{"password":"[redacted]"}"#),
            (
                r#"{ "a" : 1, "apiKey" : "x\"y", "b" : [] }"#,
                r#"{ "a" : 1, "apiKey" : "[redacted]", "b" : [] }"#,
            ),
            (r#"{"pin_token": 1234, "b":2}"#, r#"{"pin_token": "[redacted]", "b":2}"#),
            (r#"{"credentials":{"user":"a","p":["}"]},"b":2}"#, r#"{"credentials":"[redacted]","b":2}"#),
            (r#"{"arguments":"{\"password\":\"x\"}"}"#, r#"{"arguments":"{\"password\":\"[redacted]\"}"}"#),
            (r#"{"a":"{\"token\":7}","b":1}"#, r#"{"a":"{\"token\":\"[redacted]\"}","b":1}"#),
            (r#"{"Authorization":"Bearer x"}"#, r#"{"Authorization":"Bearer [redacted]"}"#),
            (
                r#"[{"name":"Cookie","value":"a=b"},{"name":"Age","value":"7"}]"#,
                r#"[{"name":"Cookie","value":"[redacted]"},{"name":"Age","value":"7"}]"#,
            ),
            (r#"{"password":"cut in the mid"#, r#"{"password":"[redacted]"#),
            ("{'password': 'x', 'b': 1}", "{'password': '[redacted]', 'b': 1}"),
            ("{\n  \"secret\":\n    \"x\"\n}", "{\n  \"secret\":\n    \"[redacted]\"\n}"),
        ] {
            assert_eq!(masked(given).as_deref(), Some(expected), "{given}");
        }
    }

    #[test]
    fn urls_forms_headers_and_environments_keep_their_shape() {
        for (given, expected) in [
            ("https://h/p?a=1&token=x%20y&b=2#c", "https://h/p?a=1&token=[redacted]&b=2#c"),
            ("user=a&password=b", "user=a&password=[redacted]"),
            ("export API_KEY=a&b;c\nB=1", "export API_KEY=[redacted]\nB=1"),
            ("API_KEY=\"a b\"", "API_KEY=\"[redacted]\""),
            ("Authorization: Bearer x\nAccept: *", "Authorization: Bearer [redacted]\nAccept: *"),
            ("GET /\r\nCookie: a=b; c=d\r\nA: b", "GET /\r\nCookie: [redacted]\r\nA: b"),
            ("curl -H 'X-Api-Key: abc' u", "curl -H 'X-Api-Key: [redacted]' u"),
            ("Server=h;Password=p,w;Database=d", "Server=h;Password=[redacted];Database=d"),
            ("password: hunter", "password: [redacted]"),
            ("my password: hunter2, ok?", "my password: [redacted], ok?"),
            ("let token = \"a b\";", "let token = \"[redacted]\";"),
            ("see postgres://u:p@h/d", "see postgres://u:[redacted]@h/d"),
            ("connect(host, password='x')", "connect(host, password='[redacted]')"),
            ("authorization=Bearer abc", "authorization=Bearer [redacted]"),
        ] {
            assert_eq!(masked(given).as_deref(), Some(expected), "{given}");
        }
    }

    #[test]
    fn what_is_no_secret_is_not_even_copied() {
        for text in [
            r#"{"tokens":512,"max_tokens":1}"#,
            r#"{"password":null,"has_password":true,"token":""}"#,
            r#"{"password":"[redacted]"}"#,
            r#"{"a":"password:","b":"token="}"#,
            "Password: must be at least 8",
            "The secret: patience.",
            "token: str",
            "Token::new(x)",
            "if token == other",
            "url.query=a=b",
            "Authorization: required for all",
            "12:30:45",
            "https://h:80/a?page_token=x",
            "the token: a unit of text",
        ] {
            assert_eq!(masked(text), None, "{text}");
        }
    }
}
