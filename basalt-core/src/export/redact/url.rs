//! Passwords in URLs.

use super::{mask::is_masked, reader::Reader};

/// Longer authorities are none.
const LONGEST: usize = 1_024;

/// What is known of the blank-free run of text in which the latest URL stands: URLs that follow each other without
/// blanks look for the same end and the same last `@`.
#[derive(Default)]
pub(super) struct Run {
    end: usize,
    /// The last `@`; none if there is none.
    at_sign: Option<usize>,
}

impl Run {
    /// Where the password is in a URL whose scheme ends at `colon`.
    pub(super) fn password(&mut self, reader: Reader<'_>, colon: usize) -> Option<(usize, usize)> {
        let slashes = ["//", "\\/\\/"].into_iter().find(|slashes| reader.has(colon + 1, slashes))?;
        let start = colon + 1 + slashes.len();
        self.reach(reader, start);
        let strict = reader.skip(start, self.end - start, |byte| !matches!(byte, b'/' | b'?' | b'#'));
        let first = start + reader.slice(start, strict).find(':')?;
        let last = reader.slice(start, strict).rfind('@').map(|at| start + at);
        let last = last.or_else(|| {
            let at_sign = self.at_sign.filter(|at_sign| *at_sign > first);
            let whole = at_sign.or_else(|| (reader.cut && self.end == reader.len()).then_some(self.end));
            whole.filter(|_| holds_a_slash(reader, start, first, strict))
        });
        let end = last.filter(|last| first + 1 < *last)?;
        (!is_masked(reader.slice(first + 1, end))).then_some((first + 1, end))
    }

    /// Looks for the end of the run that `start` is in, unless it is known.
    fn reach(&mut self, reader: Reader<'_>, start: usize) {
        if start < self.end {
            return;
        }
        let ends = |byte: u8| {
            byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`' | b'\\')
        };
        self.end = reader.skip(start, LONGEST, |byte| !ends(byte));
        let before = reader.skip_back(self.end, self.end - start, |byte| byte != b'@');
        self.at_sign = (before > start).then(|| before - 1);
    }
}

/// What follows the first colon of an authority without `@` is a port, or a password with a slash in it. At the end
/// of a text that was cut, a number may be the start of a password.
fn holds_a_slash(reader: Reader<'_>, start: usize, colon: usize, strict: usize) -> bool {
    let port = reader.slice(colon + 1, strict);
    let ends = reader.cut && strict == reader.len();
    let is_port = !ends && port.bytes().all(|byte| byte.is_ascii_digit());
    !is_port && !port.starts_with(['{', '$', ':']) && reader.byte(start) != b'['
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str, cut: bool) -> Option<&str> {
        let (start, end) = Run::default().password(Reader { text, cut }, text.find(':').unwrap())?;
        text.get(start..end)
    }

    #[test]
    fn a_password_in_a_url_is_found() {
        let found = |text| password(text, false);
        assert_eq!(found("postgres://app:hunter2@db:5432/shop"), Some("hunter2"));
        assert_eq!(found("redis://:s3cr@t@cache"), Some("s3cr@t"));
        assert_eq!(found("postgres://app:a/b?c@db/shop"), Some("a/b?c"));
        assert_eq!(found(r"https:\/\/a:b@c\/d"), Some("b"));
    }

    #[test]
    fn a_url_that_was_cut_may_end_in_its_password() {
        assert_eq!(password("postgres://app:hunter2", true), Some("hunter2"));
        assert_eq!(password("postgres://app:12345", true), Some("12345"));
        assert_eq!(password("postgres://app:a/b", true), Some("a/b"));
        assert_eq!(password("http://localhost:3000/a", true), None);
        assert_eq!(password("postgres://app:hunter2 x", true), None);
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
            assert_eq!(password(url, false), None, "{url}");
        }
    }
}
