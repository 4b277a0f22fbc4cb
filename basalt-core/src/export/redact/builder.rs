//! What a redaction is made of.

use std::{fmt, sync::Arc};

use super::{
    InvalidPattern, Redaction,
    key::{Keys, Named},
    patterns::Pattern,
    rules::{Closure, Rules},
};

/// Says what is redacted: [`Redaction::builder`].
///
/// ```
/// use basalt_core::{Basalt, Redaction};
///
/// let redaction = Redaction::builder()
///     .pii(true)
///     .key("ssn")
///     .pattern(r"\bcase-[0-9]{6}\b")
///     .with(|key, text| (key == "basalt.user.name").then(|| text.chars().take(1).collect()))
///     .build()?;
/// let builder = Basalt::builder().redaction(redaction);
/// # Ok::<(), basalt_core::InvalidPattern>(())
/// ```
#[must_use = "nothing is redacted by it until it is built"]
pub struct RedactionBuilder {
    secrets: bool,
    pii: bool,
    keys: Vec<String>,
    patterns: Vec<String>,
    closures: Vec<Closure>,
}

impl Default for RedactionBuilder {
    fn default() -> Self {
        Self { secrets: true, pii: false, keys: Vec::new(), patterns: Vec::new(), closures: Vec::new() }
    }
}

impl RedactionBuilder {
    /// Whether secrets are masked: values under keys such as `password`, `secret`, `token`, `api_key`,
    /// `authorization` and `cookie`, bearer tokens and basic credentials, keys of well-known providers, JWTs,
    /// private keys, passwords in URLs. Defaults to true.
    pub fn secrets(mut self, masked: bool) -> Self {
        self.secrets = masked;
        self
    }

    /// Whether what is told of persons is masked: e-mail addresses, telephone numbers (international, and those
    /// of France and North America where they are grouped), card numbers that pass Luhn's check, IBANs that pass
    /// theirs, IPv4 and IPv6 addresses. Defaults to false.
    pub fn pii(mut self, masked: bool) -> Self {
        self.pii = masked;
        self
    }

    /// A key whose values are masked, whatever they are: attributes, members of JSON texts, parameters, headers.
    /// Case does not matter. `ssn` means `ssn`, `user.ssn`, `customer_ssn` and `customerSsn`, not `session`; a key
    /// with dots, such as `user.name`, means this path or its end. A key without letters and figures means
    /// nothing. Defaults to none.
    pub fn key(mut self, name: impl Into<String>) -> Self {
        self.keys.push(name.into());
        self
    }

    /// A regular expression whose matches are masked in every text, in the syntax of the crate `regex`, which
    /// searches in linear time. It is checked by [`build`](Self::build). If a text has many matches and each is known
    /// only far behind its end, as with `a.*b|a`, the rest of the text is masked. Defaults to none.
    pub fn pattern(mut self, pattern: impl Into<String>) -> Self {
        self.patterns.push(pattern.into());
        self
    }

    /// A closure that is shown every text with the key it stands under (`span.name`, `event.name` and
    /// `status.description` for those), and returns what is to stand there instead; none to keep it. What it
    /// returns is looked at by all other rules. It runs on the delivery thread and holds up everybody if it
    /// blocks; if it panics, the whole text is masked. Defaults to none.
    pub fn with(mut self, closure: impl Fn(&str, &str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.closures.push(Box::new(closure));
        self
    }

    /// Checks the patterns.
    ///
    /// # Errors
    ///
    /// [`InvalidPattern`] for the first one that is no regular expression, is too large, or matches the empty
    /// text.
    pub fn build(self) -> Result<Redaction, InvalidPattern> {
        let patterns = self.patterns.iter().zip(1..).map(|(pattern, place)| Pattern::new(pattern, place));
        let rules = Rules {
            patterns: patterns.collect::<Result<_, _>>()?,
            keys: Keys {
                known: self.secrets,
                named: self.keys.iter().filter_map(|key| Named::new(key)).collect(),
            },
            pii: self.pii,
            closures: self.closures,
            ..Rules::default()
        };
        Ok(Redaction { rules: Arc::new(rules) })
    }
}

/// Keys and patterns may be secret themselves: how many there are, not what they say.
impl fmt::Debug for RedactionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactionBuilder")
            .field("secrets", &self.secrets)
            .field("pii", &self.pii)
            .field("keys", &self.keys.len())
            .field("patterns", &self.patterns.len())
            .field("closures", &self.closures.len())
            .finish()
    }
}
