//! Passwords in URLs.

use crate::text;

/// Longer authorities are none.
const LONGEST: usize = 1_024;

/// Where the password is in a URL whose scheme ends at `colon`.
pub(super) fn password(url: &str, colon: usize) -> Option<(usize, usize)> {
    let rest = url.get(colon + 1..)?;
    let authority = rest.strip_prefix("//").or_else(|| rest.strip_prefix("\\/\\/"))?;
    let start = url.len() - authority.len();
    let whole = until(text::head(authority, LONGEST), |byte| {
        byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`' | b'\\')
    });
    let strict = until(whole, |byte| matches!(byte, b'/' | b'?' | b'#'));
    let secret = inside(strict).or_else(|| slashed(strict).and_then(|()| inside(whole)))?;
    Some((start + secret.0, start + secret.1))
}

fn until(text: &str, ends: impl Fn(u8) -> bool) -> &str {
    let end = text.bytes().position(ends).unwrap_or(text.len());
    text.get(..end).unwrap_or(text)
}

/// Between the first colon and the last `@`.
fn inside(authority: &str) -> Option<(usize, usize)> {
    let end = authority.rfind('@')?;
    let start = authority.get(..end)?.find(':')? + 1;
    (start < end && !super::mask::is_masked(authority.get(start..end)?)).then_some((start, end))
}

/// What follows the colon of an authority without `@` is a port, or a password with a slash in it.
fn slashed(authority: &str) -> Option<()> {
    let (host, port) = authority.split_once(':')?;
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit()) || port.starts_with(['{', '$', ':']);
    (!is_port && !host.starts_with('[')).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<&str> {
        let (start, end) = password(text, text.find(':').unwrap())?;
        text.get(start..end)
    }

    #[test]
    fn a_password_in_a_url_is_found() {
        assert_eq!(found("postgres://app:hunter2@db:5432/shop"), Some("hunter2"));
        assert_eq!(found("redis://:s3cr@t@cache"), Some("s3cr@t"));
        assert_eq!(found("postgres://app:a/b?c@db/shop"), Some("a/b?c"));
        assert_eq!(found(r"https:\/\/a:b@c\/d"), Some("b"));
    }

    #[test]
    fn ports_and_paths_are_no_passwords() {
        for url in [
            "https://example.com:8080/@scope/pkg",
            "http://[::1]:4317/a@b",
            "https://example.com/a:b@c",
            "http://localhost:{port}/npm/@scope",
            "https://user@example.com",
            "https://a:[redacted]@b",
            "note: see above",
        ] {
            assert_eq!(found(url), None, "{url}");
        }
    }
}
