//! What a span observes.

use std::{fmt, str::FromStr};

use crate::InvalidValue;

/// The kind of a step, as text in `basalt.span.kind`.
///
/// ```
/// use basalt_core::ObserveKind;
///
/// assert_eq!("GENERATION".parse(), Ok(ObserveKind::Generation));
/// assert!("chain".parse::<ObserveKind>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ObserveKind {
    /// Any step: `span`.
    #[default]
    Span,
    /// A call of a model: `generation`.
    Generation,
    /// A search: `retrieval`.
    Retrieval,
    /// A computation: `function`.
    Function,
    /// A tool that a model called: `tool`.
    Tool,
    /// Something that happened: `event`.
    Event,
}

impl ObserveKind {
    /// The kind as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Span => "span",
            Self::Generation => "generation",
            Self::Retrieval => "retrieval",
            Self::Function => "function",
            Self::Tool => "tool",
            Self::Event => "event",
        }
    }

    const ALL: [Self; 6] =
        [Self::Span, Self::Generation, Self::Retrieval, Self::Function, Self::Tool, Self::Event];
}

impl fmt::Display for ObserveKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Upper and lower case are alike.
impl FromStr for ObserveKind {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        if text.eq_ignore_ascii_case("basalt_trace") {
            return Err(InvalidValue::RootKind);
        }
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| InvalidValue::UnknownKind(text.to_owned()))
    }
}
