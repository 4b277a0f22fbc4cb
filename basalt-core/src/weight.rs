//! What a span takes of memory, roughly: bounds are kept by it.

use std::mem;

use opentelemetry::{Array, KeyValue, Value};

/// Of a list of attributes, in bytes.
pub(crate) fn of_attributes(attributes: &[KeyValue]) -> usize {
    mem::size_of_val(attributes)
        + attributes.iter().map(|attribute| of_value(&attribute.value)).sum::<usize>()
}

fn of_value(value: &Value) -> usize {
    match value {
        Value::String(text) => text.as_str().len(),
        Value::Array(Array::String(texts)) => texts.iter().map(|text| text.as_str().len()).sum(),
        Value::Array(Array::I64(numbers)) => mem::size_of_val(numbers.as_slice()),
        Value::Array(Array::F64(numbers)) => mem::size_of_val(numbers.as_slice()),
        _ => 0,
    }
}
