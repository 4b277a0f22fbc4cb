//! Cuts what comes whole, texts and attributes, at the limit of a payload.

use std::{borrow::Cow, sync::Arc};

use opentelemetry::{Array, Key, KeyValue, StringValue, Value};

use crate::{payload::LIMIT, text::head};

/// Bytes of an attribute's key. One that is longer cannot be cut, since it would be another.
pub(crate) const LONGEST_KEY: usize = LIMIT;

/// Bytes of names and ids that are never cut, however low the limit is: they tell spans apart.
pub(crate) const SHORTEST: usize = 256;

/// A name or an id within the limit, and whether it was cut.
pub(crate) fn name(name: Arc<str>, limit: usize) -> (Arc<str>, bool) {
    let limit = limit.max(SHORTEST);
    if name.len() <= limit { (name, false) } else { (head(&name, limit).into(), true) }
}

/// The same of a span's or an event's name.
pub(crate) fn span_name(name: Cow<'static, str>, limit: usize) -> (Cow<'static, str>, bool) {
    text(name, limit.max(SHORTEST))
}

/// A text within the limit, and whether it was cut. Memory that is not needed any more is given back.
pub(crate) fn text(text: Cow<'static, str>, limit: usize) -> (Cow<'static, str>, bool) {
    if text.len() <= limit {
        return (text, false);
    }
    let cut = match text {
        Cow::Borrowed(text) => Cow::Borrowed(head(text, limit)),
        Cow::Owned(text) => Cow::Owned(head(&text, limit).to_owned()),
    };
    (cut, true)
}

/// A value within the limit, and whether it was cut. Of a list, as many elements are left as fit.
pub(crate) fn value(value: Value, limit: usize) -> (Value, bool) {
    match value {
        Value::String(text) if text.as_str().len() > limit => {
            (head(text.as_str(), limit).to_owned().into(), true)
        }
        Value::Array(Array::String(mut texts)) => {
            let cut = cut_texts(&mut texts, limit);
            (Value::Array(Array::String(texts)), cut)
        }
        Value::Array(Array::I64(mut numbers)) => {
            let cut = cut_list(&mut numbers, limit);
            (Value::Array(Array::I64(numbers)), cut)
        }
        Value::Array(Array::F64(mut numbers)) => {
            let cut = cut_list(&mut numbers, limit);
            (Value::Array(Array::F64(numbers)), cut)
        }
        Value::Array(Array::Bool(mut bools)) => {
            let cut = cut_list(&mut bools, limit);
            (Value::Array(Array::Bool(bools)), cut)
        }
        whole => (whole, false),
    }
}

/// Cuts the values of attributes and the number of attributes. Hands over the keys of values that were cut, and returns
/// how many attributes were dropped.
pub(crate) fn attributes(
    attributes: &mut Vec<KeyValue>,
    most: usize,
    limit: usize,
    mut cut: impl FnMut(&Key),
) -> u32 {
    let given = attributes.len();
    attributes.retain(|attribute| attribute.key.as_str().len() <= LONGEST_KEY);
    attributes.truncate(most);
    for attribute in attributes.iter_mut() {
        let (value, is_cut) = value(std::mem::replace(&mut attribute.value, Value::Bool(false)), limit);
        attribute.value = value;
        if is_cut {
            cut(&attribute.key);
        }
    }
    if attributes.capacity() > 2 * attributes.len() + 8 {
        attributes.shrink_to_fit();
    }
    u32::try_from(given - attributes.len()).unwrap_or(u32::MAX)
}

/// Every text counts as if it were written with quotes and a comma, so that blank ones are few, too.
fn cut_texts(texts: &mut Vec<StringValue>, limit: usize) -> bool {
    const BETWEEN: usize = 3;

    let mut left = limit;
    let mut cut = false;
    texts.retain_mut(|text| {
        let Some(room) = left.checked_sub(BETWEEN).filter(|_| !cut) else {
            cut = true;
            return false;
        };
        if text.as_str().len() > room {
            cut = true;
            *text = head(text.as_str(), room).to_owned().into();
        }
        left = room - text.as_str().len();
        true
    });
    if cut {
        texts.shrink_to_fit();
    }
    cut
}

fn cut_list<T>(list: &mut Vec<T>, limit: usize) -> bool {
    let most = limit / size_of::<T>();
    let cut = list.len() > most;
    if cut {
        list.truncate(most);
        list.shrink_to_fit();
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weight::{of_attributes, of_value};

    /// Values of every type, so many times as long as the limit.
    fn long(limit: usize, times: usize) -> Vec<Value> {
        let texts = |length: usize| -> Vec<StringValue> {
            (0..limit * times / length.max(1)).map(|_| "é".repeat(length / 2).into()).collect()
        };
        vec![
            "é".repeat(limit * times).into(),
            Value::Array(Array::String(texts(0))),
            Value::Array(Array::String(texts(10))),
            Value::Array(Array::String(texts(limit * times))),
            Value::Array(Array::I64(vec![7; limit * times])),
            Value::Array(Array::F64(vec![0.5; limit * times])),
            Value::Array(Array::Bool(vec![true; limit * times])),
        ]
    }

    #[test]
    fn a_value_of_any_type_is_within_the_limit_and_says_whether_it_was_cut() {
        for limit in [0, 1, 5, 64, 1_000] {
            for long in long(limit.max(8), 3) {
                let (cut, is_cut) = value(long, limit);
                assert!(is_cut && of_value(&cut) <= limit, "{limit}: {cut:?}");
                assert_eq!(value(cut.clone(), limit.max(64) * 4), (cut, false));
            }
        }
        for short in [Value::Bool(true), Value::I64(7), Value::F64(0.5), "é".into()] {
            assert_eq!(value(short.clone(), 2), (short, false));
        }
    }

    #[test]
    fn a_text_that_was_cut_takes_no_more_memory_than_it_says() {
        let (cut, is_cut) = text("x".repeat(1_000_000).into(), 100);
        assert!(is_cut && cut.len() == 100 && cut.into_owned().capacity() < 200);
        assert_eq!(text("é".into(), 2), ("é".into(), false));
        assert_eq!(text("éé".into(), 3), ("é".into(), true));
    }

    #[test]
    fn attributes_are_cut_in_number_and_in_length() {
        let key = |number: usize| format!("key {number}");
        let mut many: Vec<_> = (0..1_000).map(|number| KeyValue::new(key(number), "x".repeat(100))).collect();
        many.insert(0, KeyValue::new("k".repeat(LONGEST_KEY + 1), 1));
        let mut cut = Vec::new();
        assert_eq!(attributes(&mut many, 128, 50, |key| cut.push(key.clone())), 1_001 - 128);
        assert_eq!((many.len(), cut.len(), cut.first().map(Key::as_str)), (128, 128, Some("key 0")));
        assert!(of_attributes(&many) < 128 * 150 && many.capacity() < 300);
    }
}
