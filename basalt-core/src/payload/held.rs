//! A value of an attribute while its span is open.

use opentelemetry::Value;

use crate::{short::Short, weight::of_value};

/// Bytes of a text that needs no memory of its own, so that it takes no more room than other values.
const SHORT: usize = 22;

/// A value as OpenTelemetry knows it, and texts, in place where they are short.
#[derive(Debug, Clone)]
pub(crate) enum Held {
    Text(Short<SHORT>),
    Value(Value),
}

impl Held {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// Whether it takes no memory but its own.
    #[inline]
    pub(crate) fn is_in_place(&self) -> bool {
        !matches!(self, Self::Value(Value::String(_) | Value::Array(_)) | Self::Text(Short::Elsewhere(_)))
    }

    /// Bytes of memory, roughly, beside its own.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Text(text) => text.weight(),
            Self::Value(value) => of_value(value),
        }
    }
}

/// Without a copy, where it is not in place.
impl From<String> for Held {
    fn from(text: String) -> Self {
        if text.len() <= SHORT { Self::text(&text) } else { Self::Value(text.into()) }
    }
}

impl From<Value> for Held {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}

impl From<Held> for Value {
    fn from(held: Held) -> Self {
        match held {
            Held::Text(text) => String::from(text).into(),
            Held::Value(value) => value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_any_length_is_itself_and_weighs_what_is_not_in_place() {
        for length in 0..100 {
            let text = "x".repeat(length);
            let held = Held::text(&text);
            assert_eq!(held.is_in_place(), length <= SHORT);
            assert_eq!(held.weight(), if length <= SHORT { 0 } else { length });
            assert_eq!(Value::from(held), Value::from(text));
        }
        assert_eq!(size_of::<Held>(), size_of::<Value>());
    }
}
