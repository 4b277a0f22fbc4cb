//! Tokens that are pieces of text: what models and tokenizers answer has a `token` that is no credential.

use super::{reader::Reader, value::Field};

/// Members beside such a token, or in it.
const BESIDE: [&str; 10] = [
    "logprob",
    "logprobs",
    "top_logprobs",
    "finish_reason",
    "token_id",
    "start_offset",
    "special",
    "probability",
    "prob",
    "is_special",
];

/// As far as members are looked for.
const NEAR: usize = 96;

/// Longer ones are no pieces of text.
const LONGEST: usize = 48;

/// Whether the string under a label is a piece of text.
pub(super) fn is_text(field: &Field<'_>, start: usize, end: usize) -> bool {
    is_named(field) && end - start <= LONGEST && {
        let reader = field.reader;
        let within = |byte: u8| byte != b'{' && byte != b'}';
        let first = reader.skip_back(field.label.start, NEAR, within);
        let last = reader.skip(end, NEAR, within);
        has_members(reader, first, field.label.start) || has_members(reader, end, last)
    }
}

/// Whether the object under a label tells of a piece of text.
pub(super) fn is_text_object(field: &Field<'_>, start: usize) -> bool {
    let reader = field.reader;
    is_named(field) && has_members(reader, start, reader.skip(start, NEAR, |byte| byte != b'}'))
}

fn is_named(field: &Field<'_>) -> bool {
    field.label.quote.is_some() && field.label.key.eq_ignore_ascii_case("token")
}

fn has_members(reader: Reader<'_>, start: usize, end: usize) -> bool {
    let start = reader.skip(start, 4, |byte| byte & 0xc0 == 0x80);
    let end = reader.skip(end, 4, |byte| byte & 0xc0 == 0x80);
    let mut parts = reader.slice(start, end).split(['"', '\'']);
    parts.any(|part| BESIDE.contains(&part.trim_end_matches('\\')))
}

#[cfg(test)]
mod tests {
    use super::super::pairs::masked;

    #[test]
    fn pieces_of_text_stay() {
        for text in [
            r#"{"token":"Hello","logprob":-0.1,"bytes":[72]}"#,
            r#"{"token":" world1!","bytes":[1,2],"logprob":-0.3}"#,
            r#"{"finish_reason":"stop","token":"the"}"#,
            r#"{"token":{"id":7,"text":" a1","logprob":-0.2,"special":false}}"#,
            r#"{"a":"{\"token\":\"Hello1\",\"logprob\":-0.1}"}"#,
            r#"{"token":"quick1","start_offset":0,"end_offset":6}"#,
        ] {
            assert_eq!(masked(text), None, "{text}");
        }
    }

    #[test]
    fn credentials_go() {
        for text in [
            r#"{"token":"Hello1"},{"logprob":-0.1}"#,
            r#"{"access_token":"Hello1","logprob":-0.1}"#,
            r#"{"token":{"value":"Hello1"}}"#,
        ] {
            assert!(!masked(text).unwrap().contains("Hello1"), "{text}");
        }
        let long = format!(r#"{{"token":"{}","logprob":1}}"#, "a1".repeat(30));
        assert!(masked(&long).is_some());
    }
}
