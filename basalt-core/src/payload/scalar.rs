//! Looks at the outermost layer of a value: nothing, a scalar, or something that only JSON can hold.

use std::fmt::Display;

use serde::{
    Serialize, Serializer,
    ser::{self, Impossible},
};

use super::{Held, Payload};
use crate::foreign;

/// `Some` and newtypes that are looked into: what is deeper is left to JSON.
const LEVELS: usize = 32;

pub(super) enum Probed {
    Null,
    Scalar(Payload),
    Compound,
}

/// Serializes no further than the outermost layer.
pub(super) fn probe(value: &impl Serialize, limit: usize) -> Probed {
    value.serialize(Probe { limit, levels: LEVELS }).unwrap_or(Probed::Compound)
}

struct Probe {
    limit: usize,
    levels: usize,
}

/// The only way out of a serializer when it has seen enough.
#[derive(Debug)]
struct SeenEnough;

impl Display for SeenEnough {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not a scalar")
    }
}

impl std::error::Error for SeenEnough {}

impl ser::Error for SeenEnough {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

type Result<T = Probed> = std::result::Result<T, SeenEnough>;
type Never = Impossible<Probed, SeenEnough>;

impl Probe {
    fn text(&self, text: &str) -> Result {
        Ok(Probed::Scalar(Payload::text(text, self.limit)))
    }

    fn inner<T: ?Sized + Serialize>(self, value: &T) -> Result {
        let levels = self.levels.checked_sub(1).ok_or(SeenEnough)?;
        value.serialize(Probe { levels, ..self })
    }
}

fn whole(value: impl Into<opentelemetry::Value>) -> Result {
    Ok(Probed::Scalar(Payload::whole(value)))
}

impl Serializer for Probe {
    type Ok = Probed;
    type Error = SeenEnough;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    fn serialize_bool(self, value: bool) -> Result {
        whole(value)
    }
    fn serialize_i8(self, value: i8) -> Result {
        whole(i64::from(value))
    }
    fn serialize_i16(self, value: i16) -> Result {
        whole(i64::from(value))
    }
    fn serialize_i32(self, value: i32) -> Result {
        whole(i64::from(value))
    }
    fn serialize_i64(self, value: i64) -> Result {
        whole(value)
    }
    fn serialize_i128(self, value: i128) -> Result {
        i64::try_from(value).map_or_else(|_| self.text(&value.to_string()), whole)
    }
    fn serialize_u8(self, value: u8) -> Result {
        whole(i64::from(value))
    }
    fn serialize_u16(self, value: u16) -> Result {
        whole(i64::from(value))
    }
    fn serialize_u32(self, value: u32) -> Result {
        whole(i64::from(value))
    }
    fn serialize_u64(self, value: u64) -> Result {
        i64::try_from(value).map_or_else(|_| self.text(&value.to_string()), whole)
    }
    fn serialize_u128(self, value: u128) -> Result {
        i64::try_from(value).map_or_else(|_| self.text(&value.to_string()), whole)
    }
    fn serialize_f32(self, value: f32) -> Result {
        self.serialize_f64(f64::from(value))
    }
    fn serialize_f64(self, value: f64) -> Result {
        if value.is_finite() { whole(value) } else { self.text(&value.to_string()) }
    }
    fn serialize_char(self, value: char) -> Result {
        self.text(value.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, value: &str) -> Result {
        self.text(value)
    }
    fn collect_str<T: ?Sized + Display>(self, value: &T) -> Result {
        let foreign::Shown { text, cut } = foreign::shown(value, self.limit);
        Ok(Probed::Scalar(Payload { value: Held::from(text), cut }))
    }
    fn serialize_none(self) -> Result {
        Ok(Probed::Null)
    }
    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result {
        self.inner(value)
    }
    fn serialize_unit(self) -> Result {
        Ok(Probed::Null)
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result {
        Ok(Probed::Null)
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result {
        self.text(variant)
    }
    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Result {
        self.inner(value)
    }

    fn serialize_bytes(self, _: &[u8]) -> Result {
        Err(SeenEnough)
    }
    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result {
        Err(SeenEnough)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Never> {
        Err(SeenEnough)
    }
    fn serialize_tuple(self, _: usize) -> Result<Never> {
        Err(SeenEnough)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Never> {
        Err(SeenEnough)
    }
    fn serialize_tuple_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Never> {
        Err(SeenEnough)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Never> {
        Err(SeenEnough)
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Never> {
        Err(SeenEnough)
    }
    fn serialize_struct_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Never> {
        Err(SeenEnough)
    }
}
