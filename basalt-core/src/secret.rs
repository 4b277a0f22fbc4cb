//! Text that no log, no `Debug` and no exporter may show.

use std::fmt;

/// Shows itself only to whoever asks with [`reveal`](Self::reveal).
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// A key that can travel in an `authorization` header.
    pub(crate) fn api_key(key: &str) -> Result<Self, &'static str> {
        if !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(key.to_owned()))
        } else {
            Err("has characters that no HTTP header can carry")
        }
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

/// A URL as errors show it: what stands before an `@` or behind a `?` may be a secret.
pub(crate) fn without_secrets(url: &str) -> String {
    let (before, host) = url.rsplit_once('@').unwrap_or(("", url));
    let scheme = before.find("://").and_then(|at| before.get(..at + 3)).unwrap_or_default();
    let at = if url.contains('@') { "[redacted]@" } else { "" };
    match host.split_once('?') {
        Some((host, _)) => format!("{scheme}{at}{host}?[redacted]"),
        None => format!("{scheme}{at}{host}"),
    }
}

/// Any text, unchecked.
impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_show_no_password_of_a_url() {
        for (url, shown) in [
            ("https://api.example.com/v1", "https://api.example.com/v1"),
            ("https://user:pass@api.example.com/v1", "https://[redacted]@api.example.com/v1"),
            ("https://user:p@ss?@host?key=1", "https://[redacted]@host?[redacted]"),
            ("user:pass@host", "[redacted]@host"),
            ("http://host/?key=a@b", "http://[redacted]@b"),
            ("", ""),
        ] {
            assert_eq!(without_secrets(url), shown);
        }
    }
}
