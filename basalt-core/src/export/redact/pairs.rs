//! Names and values inside a text: JSON, also as a string in JSON, URLs, forms, headers, environments, programs.
//! The text is scanned once, not parsed: what is not hidden stays as it was, and a text that was cut is read as
//! far as it goes.

use super::{
    key::{Keys, Verdict},
    label::Label,
    mask::{Cuts, MASK},
    url,
    value::Cut,
};

/// The text without the values of redacted keys; none if there are none.
pub(super) fn mask(text: &str, keys: &Keys) -> Option<String> {
    let mut cuts = Cuts::of(text);
    let mut at = 0;
    let mut told = Verdict::Open;
    while let Some(delimiter) = next(text, at) {
        at = delimiter + 1;
        if let Some(cut) = cut(text, delimiter, keys, &mut told) {
            cuts.replace(cut.start, cut.end, &[cut.quote, cut.scheme, MASK, cut.quote]);
            at = cut.end.max(at);
        }
    }
    cuts.finish()
}

/// The first delimiter from `at` on.
fn next(text: &str, at: usize) -> Option<usize> {
    let rest = text.as_bytes().get(at..)?;
    Some(at + rest.iter().position(|byte| matches!(byte, b':' | b'='))?)
}

/// What is cut at a delimiter. `told` is what the latest `"name": …` says of the `"value": …` to come, as lists of
/// headers, fields and variables have them.
fn cut<'a>(text: &'a str, delimiter: usize, keys: &Keys, told: &mut Verdict) -> Option<Cut<'a>> {
    if let (true, Some((start, end))) = (keys.known, url::password(text, delimiter)) {
        return Some(Cut { start, end, quote: "", scheme: "" });
    }
    let label = Label::before(text, delimiter)?;
    let is = |name: &str| label.quote.is_some() && label.key.eq_ignore_ascii_case(name);
    if is("name") || is("key") {
        let name = Cut::value(text, delimiter, &label, Verdict::Named);
        let name = name.and_then(|name| text.get(name.start..name.end)).unwrap_or_default();
        *told = keys.judge(name);
    } else if is("value") && *told != Verdict::Open {
        return Cut::value(text, delimiter, &label, std::mem::replace(told, Verdict::Open));
    }
    let mut names = [Some(label.key), label.escaped].into_iter().flatten();
    let verdict =
        match names.find_map(|name| Some(keys.judge(name)).filter(|verdict| *verdict != Verdict::Open)) {
            None if keys.known && signs(text, delimiter, &label) => Verdict::Secret,
            verdict => verdict?,
        };
    Cut::value(text, delimiter, &label, verdict)
}

/// The signature of a signed URL.
fn signs(text: &str, delimiter: usize, label: &Label<'_>) -> bool {
    let value = text.get(delimiter..).unwrap_or_default();
    let long = value.bytes().take(17).all(|byte| byte.is_ascii_alphanumeric() || b"=%+/-_".contains(&byte));
    label.quote.is_none() && value.starts_with('=') && label.key.eq_ignore_ascii_case("sig") && long
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> Option<String> {
        mask(text, &Keys { known: true, named: Vec::new() })
    }

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
