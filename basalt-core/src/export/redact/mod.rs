//! Secrets do not leave: what is masked, on the delivery thread, before any exporter sees it.

mod ahead;
mod block;
mod builder;
mod columns;
mod commands;
mod encoded;
mod forms;
#[cfg(test)]
mod fuzz;
mod invalid;
mod judged;
mod key;
mod label;
#[cfg(test)]
mod linear;
mod markup;
mod mask;
mod names;
mod pairs;
mod patterns;
mod phrase;
mod pii;
mod plain;
mod quoted;
mod random;
mod reader;
mod rules;
mod secrets;
mod span;
mod tail;
mod token;
mod told;
mod tuple;
mod url;
mod value;
mod wrapped;

use std::{fmt, sync::Arc};

use opentelemetry_sdk::{Resource, trace::SpanData};

pub use builder::RedactionBuilder;
pub use invalid::InvalidPattern;
use key::Keys;
use rules::Rules;

/// What is masked in everything that leaves: [`Builder::redaction`](crate::Builder::redaction).
///
/// It runs on the delivery thread, before any exporter, the console and exporters of one's own included, and sees
/// names of spans and events, descriptions of errors, and all attributes of spans, events, links and the service.
/// Texts are also looked into: JSON, URLs, forms, headers and lines of an environment keep their shape and lose the
/// values of redacted keys. What is masked becomes `[redacted]`; the word that says how a credential is used stays,
/// as in `Bearer [redacted]`. Numbers and bools are left alone, except under a redacted key.
///
/// The default masks secrets, [`builder`](Self::builder) says more, and [`none`](Self::none) turns it off. Forms and
/// names are a net, not a proof: a password in the middle of prose looks like any word.
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use basalt_core::{Basalt, Redaction, testing::Recorder};
///
/// let recorder = Recorder::new();
/// let redaction = Redaction::builder().key("ssn").build()?;
/// let basalt = Basalt::builder().exporter(recorder.clone()).redaction(redaction).build()?;
/// basalt
///     .start_observe("signup", "sign up")
///     .in_scope(|root| root.set_input(r#"{"name": "Ann", "ssn": 78051120, "password": "hunter2"}"#));
/// basalt.shutdown_blocking()?;
///
/// let input = recorder.value("sign up", "basalt.span.input");
/// assert_eq!(input, Some(r#"{"name": "Ann", "ssn": "[redacted]", "password": "[redacted]"}"#.into()));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use = "it redacts nothing until a builder has it"]
pub struct Redaction {
    rules: Arc<Rules>,
}

impl Redaction {
    /// Says what is redacted, beginning with secrets.
    ///
    /// ```
    /// # use basalt_core::Redaction;
    /// let redaction = Redaction::builder().pii(true).build()?;
    /// # Ok::<(), basalt_core::InvalidPattern>(())
    /// ```
    pub fn builder() -> RedactionBuilder {
        RedactionBuilder::default()
    }

    /// Everything leaves as it is.
    ///
    /// ```
    /// # use basalt_core::{Basalt, Redaction};
    /// let builder = Basalt::builder().redaction(Redaction::none());
    /// ```
    pub fn none() -> Self {
        Self { rules: Arc::default() }
    }

    /// How many texts were masked as a whole because a closure panicked over them. Clones count together.
    #[must_use]
    pub fn panics(&self) -> u64 {
        self.rules.failures()
    }

    pub(crate) fn span(&self, span: &mut SpanData) {
        self.rules.span(span);
    }

    pub(crate) fn resource(&self, resource: &Resource) -> Resource {
        self.rules.resource(resource)
    }
}

/// Secrets are masked, nothing else.
impl Default for Redaction {
    fn default() -> Self {
        let keys = Keys { known: true, named: Vec::new() };
        Self { rules: Arc::new(Rules { keys, ..Rules::default() }) }
    }
}

/// Keys and patterns may be secret themselves: how many there are, not what they say.
impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redaction")
            .field("secrets", &self.rules.keys.known)
            .field("pii", &self.rules.pii)
            .field("keys", &self.rules.keys.named.len())
            .field("patterns", &self.rules.patterns.len())
            .field("closures", &self.rules.closures.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(redaction: &Redaction, text: &str) -> String {
        redaction.rules.text("k", text, false).unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn rules_of_ones_own_come_on_top() {
        let redaction = Redaction::builder().key("name").pattern(r"case-\d+").build().unwrap();
        let given = r#"{"name": {"first": "Ann"}, "about": "case-12", "token": "x"}"#;
        let expected = r#"{"name": "[redacted]", "about": "[redacted]", "token": "[redacted]"}"#;
        assert_eq!(text(&redaction, given), expected);
        assert_eq!(text(&Redaction::none(), given), given);
        let only = Redaction::builder().secrets(false).key("name").build().unwrap();
        assert_eq!(text(&only, "name=Ann&token=x"), "name=[redacted]&token=x");
    }

    fn nested(layers: usize, layer: impl Fn(String) -> String) -> String {
        (0..layers).fold(r#"{"password":"hunter2"}"#.to_owned(), |text, _| layer(text))
    }

    #[test]
    fn texts_within_texts_are_read_some_layers_deep() {
        let redaction = Redaction::default();
        let json =
            |text: String| format!("{{\"a\":\"{}\"}}", text.replace('\\', "\\\\").replace('"', "\\\""));
        for layers in 0..=6 {
            assert!(!text(&redaction, &nested(layers, json)).contains("hunter2"), "{layers}");
        }
        let percents = |text: String| text.replace('%', "%25").replace('"', "%22").replace(':', "%3A");
        for layers in 0..=encoded::DEEPEST {
            assert!(!text(&redaction, &nested(layers, percents)).contains("hunter2"), "{layers}");
        }
        assert!(text(&redaction, &nested(encoded::DEEPEST + 1, percents)).contains("hunter2"));
        // Far too deep for anything that follows every layer.
        text(&redaction, &nested(14, json));
        text(&redaction, &nested(200, |text| format!("[{text}]")));
        text(&redaction, &nested(200, percents));
    }

    #[test]
    fn what_a_closure_returns_is_looked_at() {
        let redaction = Redaction::builder()
            .with(|key, text| (key == "k").then(|| format!("{text}&token=x")))
            .build()
            .unwrap();
        assert_eq!(text(&redaction, "a=b"), "a=b&token=[redacted]");
    }

    #[test]
    fn a_closure_that_panics_masks_the_whole_text_and_is_counted() {
        let redaction =
            Redaction::builder().with(|_, text| panic!("over {} bytes", text.len())).build().unwrap();
        assert_eq!(text(&redaction, "harmless"), "[redacted]");
        assert_eq!(text(&redaction.clone(), "harmless too"), "[redacted]");
        assert_eq!(redaction.panics(), 2);
    }

    #[test]
    fn a_wrong_pattern_is_refused_with_the_cure_and_without_itself() {
        let refused = |pattern: &str| {
            let error = Redaction::builder().pattern("ok").pattern(pattern).build().unwrap_err();
            assert_eq!(error.place, 2);
            error.to_string()
        };
        let unclosed = refused("(hunter");
        assert!(unclosed.starts_with("redaction pattern 2: unclosed group"), "{unclosed}");
        assert!(!unclosed.contains("hunter"));
        assert!(refused("hunter(?=2)").contains("look-around"));
        assert!(refused(r"[a-z]{1,1000}{1,1000}").contains("bound its repetitions"));
        assert!(refused("x*").contains("`+` instead of `*`"));
    }

    #[test]
    fn debug_shows_no_rule() {
        let builder = Redaction::builder().key("hunter").pattern("hunter2");
        assert!(!format!("{builder:?}").contains("hunter"));
        let shown = format!("{:?}", builder.build().unwrap());
        assert!(!shown.contains("hunter") && shown.contains("patterns: 1"), "{shown}");
    }
}
