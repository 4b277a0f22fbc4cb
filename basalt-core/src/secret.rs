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
