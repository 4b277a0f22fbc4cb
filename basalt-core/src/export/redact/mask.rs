//! What stands where a secret was.

/// In place of everything that is redacted.
pub(super) const MASK: &str = "[redacted]";

/// Words before a credential that say how it is used, and are no secret themselves.
const SCHEMES: [&str; 9] =
    ["bearer", "basic", "digest", "token", "apikey", "negotiate", "hmac", "hawk", "aws4-hmac-sha256"];

/// The scheme word at the start of a credential, with the blanks behind it; empty if there is none.
pub(super) fn scheme(text: &str) -> &str {
    let Some((word, rest)) = text.split_once([' ', '\t']) else { return "" };
    if !SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(word)) {
        return "";
    }
    let rest = rest.trim_start_matches([' ', '\t']);
    if rest.is_empty() { "" } else { text.get(..text.len() - rest.len()).unwrap_or_default() }
}

/// Whether nothing is left to hide: blank, or hidden before, here or by whoever wrote it.
pub(super) fn is_masked(text: &str) -> bool {
    let text = text.trim();
    let text = text.get(scheme(text).len()..).unwrap_or(text);
    text == MASK || text == "REDACTED" || text.bytes().all(|byte| byte == b'*')
}

/// What stands for a text under a redacted key; none if nothing is left to hide.
pub(super) fn masked(text: &str) -> Option<String> {
    (!is_masked(text)).then(|| format!("{}{MASK}", scheme(text)))
}

/// Replaces parts of a text from its start to its end; copies nothing until the first.
pub(super) struct Cuts<'a> {
    text: &'a str,
    written: Option<String>,
    /// As far as the text is in `written`.
    copied: usize,
}

impl<'a> Cuts<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, written: None, copied: 0 }
    }

    /// Puts `parts` where `start..end` was.
    pub(super) fn replace(&mut self, start: usize, end: usize, parts: &[&str]) {
        let written = self.written.get_or_insert_with(|| String::with_capacity(self.text.len()));
        written.push_str(self.text.get(self.copied..start).unwrap_or_default());
        for part in parts {
            written.push_str(part);
        }
        self.copied = end;
    }

    /// The new text; none if nothing was replaced.
    pub(super) fn finish(self) -> Option<String> {
        let mut written = self.written?;
        written.push_str(self.text.get(self.copied..).unwrap_or_default());
        Some(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_stays_and_the_credential_goes() {
        assert_eq!(masked("Bearer abc").as_deref(), Some("Bearer [redacted]"));
        assert_eq!(masked("hunter2 and more").as_deref(), Some("[redacted]"));
        assert_eq!(masked("Bearer").as_deref(), Some("[redacted]"));
    }

    #[test]
    fn what_is_hidden_stays_as_it_is() {
        for text in ["", " ", "[redacted]", "Bearer [redacted]", "REDACTED", "****"] {
            assert_eq!(masked(text), None, "{text}");
        }
    }

    #[test]
    fn a_text_without_cuts_is_not_copied() {
        assert_eq!(Cuts::of("abc").finish(), None);
        let mut cuts = Cuts::of("abcdef");
        cuts.replace(1, 2, &["-"]);
        cuts.replace(4, 5, &["+", "+"]);
        assert_eq!(cuts.finish().as_deref(), Some("a-cd++f"));
    }
}
