//! Query strings, with the values of well-known secrets replaced.

use std::borrow::Cow;

/// Parameters that OpenTelemetry asks to redact: signatures and credentials of signed URLs.
const SECRET: [&str; 7] = [
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "AWSAccessKeyId",
    "Signature",
    "sig",
    "X-Goog-Signature",
];

/// The query with secret values replaced by `REDACTED`; everything else stays byte by byte.
/// `more` names further ones.
pub(super) fn redacted<'q>(query: &'q str, more: &[String]) -> Cow<'q, str> {
    if !query.split('&').any(|pair| secret(pair, more).is_some()) {
        return Cow::Borrowed(query);
    }
    let mut redacted = String::with_capacity(query.len());
    for (position, pair) in query.split('&').enumerate() {
        if position > 0 {
            redacted.push('&');
        }
        match secret(pair, more) {
            Some(key) => {
                redacted.push_str(key);
                redacted.push_str("=REDACTED");
            }
            None => redacted.push_str(pair),
        }
    }
    Cow::Owned(redacted)
}

fn secret<'q>(pair: &'q str, more: &[String]) -> Option<&'q str> {
    let (key, _) = pair.split_once('=')?;
    (SECRET.contains(&key) || more.iter().any(|name| name == key)).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_secret_values_are_replaced() {
        for (query, expected) in [
            ("", ""),
            ("a=1&b", "a=1&b"),
            ("sig", "sig"),
            ("sig=", "sig=REDACTED"),
            ("a=1&sig=x=y&b=%20", "a=1&sig=REDACTED&b=%20"),
            ("Sig=1&signature=2", "Sig=1&signature=2"),
            ("&&sig=1&", "&&sig=REDACTED&"),
        ] {
            assert_eq!(redacted(query, &[]), expected);
        }
    }

    #[test]
    fn users_can_name_more() {
        assert_eq!(redacted("token=1&q=2&sig=3", &["token".to_owned()]), "token=REDACTED&q=2&sig=REDACTED");
    }

    #[test]
    fn a_query_without_secrets_is_not_copied() {
        assert!(matches!(redacted("q=rust&page=2", &[]), Cow::Borrowed(_)));
    }
}
