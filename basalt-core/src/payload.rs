//! An input or an output as an attribute: bounded text, number or bool.

use opentelemetry::Value;
use serde::Serialize;

use crate::{foreign, text};

mod held;
mod json;
mod limited;
mod lock;
mod scalar;
mod tree;

pub(crate) use held::Held;
use json::Json;
use scalar::Probed;
pub(crate) use tree::Tree;

/// Bytes of one value, where nobody says otherwise.
pub(crate) const LIMIT: usize = 64 * 1024;

/// One captured value, ready to be written.
///
/// Text stays as it is, numbers and bools keep their type, everything else becomes JSON text. Text is cut
/// at the limit.
#[derive(Debug, Clone)]
pub(crate) struct Payload {
    pub(crate) value: Held,
    /// Whether something is missing at the end.
    pub(crate) cut: bool,
}

impl Payload {
    /// What is left of `value` within `limit` bytes; none for null. A value whose serialization fails or
    /// panics gives what it had written until then; a lock is not locked.
    pub(crate) fn of(value: &impl Serialize, limit: usize) -> Option<Self> {
        match Serialized::of(value, limit) {
            Serialized::Nothing => None,
            Serialized::Scalar(payload) => Some(payload),
            Serialized::Json { text, cut } => Some(Self { value: Held::Value(text.into()), cut }),
        }
    }

    /// Nothing is missing.
    pub(crate) fn whole(value: impl Into<Value>) -> Self {
        Self { value: Held::Value(value.into()), cut: false }
    }

    /// The text, cut at the limit.
    pub(crate) fn text(text: &str, limit: usize) -> Self {
        let head = text::head(text, limit);
        Self { value: Held::text(head), cut: head.len() < text.len() }
    }
}

/// The whole JSON of a value that takes no more than so many bytes of memory; why not, otherwise.
#[cfg(feature = "client")]
pub(crate) fn json(value: &impl Serialize, most: usize) -> Result<serde_json::Value, String> {
    let limits = limited::Limits::new(most, most);
    let made = foreign::call(|| serde_json::to_value(limited::Limited::new(value, &limits)));
    match made {
        Some(Ok(json)) if !limits.exceeded() => Ok(json),
        Some(_) if limits.exceeded() => Err(format!("one of them is longer than {most} bytes")),
        Some(Ok(_)) | None => Err("one of them panics when it is serialized".to_owned()),
        Some(Err(error)) => Err(error.to_string()),
    }
}

/// What a value of any shape has become.
enum Serialized {
    Nothing,
    Scalar(Payload),
    Json { text: String, cut: bool },
}

impl Serialized {
    fn of(value: &impl Serialize, limit: usize) -> Self {
        if lock::is_lock_of(value) {
            return Self::Scalar(Payload::text(lock::LOCK, limit));
        }
        let mut json = Json::new(limit);
        let probed = foreign::call(|| match scalar::probe(value, limit) {
            Probed::Compound => {
                json.write(value);
                Probed::Compound
            }
            probed => probed,
        });
        match probed {
            Some(Probed::Null) => Self::Nothing,
            Some(Probed::Scalar(payload)) => Self::Scalar(payload),
            Some(Probed::Compound) => json.finish(),
            None => {
                json.fail();
                json.finish()
            }
        }
    }
}

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests {
    use serde::Serializer;
    use serde_json::json;

    use super::*;

    const SMALL: usize = 64;

    fn value(value: impl Serialize) -> Value {
        Payload::of(&value, SMALL).unwrap().value.into()
    }

    fn cut(value: &impl Serialize, limit: usize) -> (Value, bool) {
        let Payload { value, cut } = Payload::of(value, limit).unwrap();
        (value.into(), cut)
    }

    #[test]
    fn scalars_keep_their_type() {
        assert_eq!(value("text"), Value::from("text"));
        assert_eq!(value('c'), Value::from("c"));
        assert_eq!(value(true), Value::from(true));
        assert_eq!(value(-1_i8), Value::from(-1_i64));
        assert_eq!(value(7_u64), Value::from(7_i64));
        assert_eq!(value(2.5_f32), Value::from(2.5_f64));
        assert_eq!(value(Some(3)), Value::from(3_i64));
    }

    #[test]
    fn null_is_no_payload() {
        assert!(Payload::of(&(), SMALL).is_none());
        assert!(Payload::of(&None::<u8>, SMALL).is_none());
        assert!(Payload::of(&serde_json::Value::Null, SMALL).is_none());
    }

    #[test]
    fn numbers_that_no_attribute_can_hold_become_text() {
        assert_eq!(value(u64::MAX), Value::from(u64::MAX.to_string()));
        assert_eq!(value(f64::NAN), Value::from("NaN"));
        assert_eq!(value(f64::NEG_INFINITY), Value::from("-inf"));
    }

    #[test]
    fn everything_else_becomes_json() {
        assert_eq!(value(json!({"a": [1, null]})), Value::from(r#"{"a":[1,null]}"#));
        assert_eq!(value(vec![f64::NAN]), Value::from("[null]"));
        assert_eq!(value(("x", 1)), Value::from(r#"["x",1]"#));
    }

    #[test]
    fn what_is_over_the_limit_is_cut_at_a_character() {
        assert_eq!(cut(&"é".repeat(40), 63), ("é".repeat(31).into(), true));
        assert_eq!(cut(&"é".repeat(40), 9), ("é".repeat(4).into(), true));
        assert_eq!(cut(&vec!["é".repeat(40)], 63), (format!("[\"{}", "é".repeat(30)).into(), true));
        assert_eq!(cut(&"x".repeat(63), 63), ("x".repeat(63).into(), false));
    }

    struct Failing(fn());

    impl Serialize for Failing {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::SerializeSeq;

            let mut seq = serializer.serialize_seq(None)?;
            seq.serialize_element("kept")?;
            self.0();
            Err(serde::ser::Error::custom("no"))
        }
    }

    #[test]
    fn a_serialize_that_fails_or_panics_leaves_what_it_wrote() {
        let kept = (Value::from("[\"kept\""), true);
        assert_eq!(cut(&Failing(|| ()), SMALL), kept);
        assert_eq!(cut(&Failing(|| panic!("on purpose")), SMALL), kept);
    }

    #[test]
    fn a_map_whose_keys_are_no_text_leaves_what_it_wrote() {
        let by_number = std::collections::BTreeMap::from([(7, "seven")]);
        assert_eq!(value(by_number), Value::from(r#"{"7":"seven"}"#));
        let by_pair = std::collections::BTreeMap::from([((1, 2), "x")]);
        assert!(cut(&by_pair, SMALL).1);
    }
}
