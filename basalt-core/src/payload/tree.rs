//! A value that is kept for later: as JSON that can still be taken apart.

use opentelemetry::Value;
use serde::Serialize;

use super::{LIMIT, Payload, Serialized};

/// A value, bounded, before it becomes an attribute or part of one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Tree {
    /// Null where there is nothing. What was cut is the text that was left.
    pub(crate) value: serde_json::Value,
    pub(crate) cut: bool,
}

impl Tree {
    /// What is left of `value` within the usual limit; a serialization that fails or panics leaves text.
    pub(crate) fn of(value: &impl Serialize) -> Self {
        Self::within(value, LIMIT)
    }

    fn within(value: &impl Serialize, limit: usize) -> Self {
        match Serialized::of(value, limit) {
            Serialized::Nothing => Self::default(),
            Serialized::Scalar(payload) => Self::scalar(payload),
            Serialized::Json { text, cut } => match serde_json::from_str(&text) {
                Ok(value) => Self { value, cut },
                Err(_) => Self { value: text.into(), cut: true },
            },
        }
    }

    fn scalar(Payload { value, cut }: Payload) -> Self {
        let value = match value.into() {
            Value::Bool(bool) => bool.into(),
            Value::I64(int) => int.into(),
            Value::F64(float) => float.into(),
            text => String::from(text.as_str()).into(),
        };
        Self { value, cut }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_within_the_limit_is_itself() {
        for value in [json!(null), json!(true), json!(-7), json!(2.5), json!("text"), json!({"a": [1, "b"]})]
        {
            assert_eq!(Tree::of(&value), Tree { value, cut: false });
        }
    }

    #[test]
    fn a_value_over_the_limit_is_text_that_was_cut() {
        let cut = Tree::within(&vec!["long text"; 9], 8);
        assert_eq!(cut, Tree { value: json!("[\"long t"), cut: true });
    }
}
