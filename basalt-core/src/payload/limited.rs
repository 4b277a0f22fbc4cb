//! Limits for any serializer: how deep values are nested in any way, and how many bytes are read of them.

use std::{
    cell::Cell,
    fmt::{self, Display, Write},
};

use serde::{
    Serialize, Serializer,
    ser::{
        Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};

use super::lock::{LOCK, is_lock};
use crate::foreign::write_shown;

/// How deep values may be nested: in lists and maps, and also in `Some`, newtypes and keys, which leave nothing that
/// could be counted in the output. What serializes itself without end would otherwise take the whole stack.
const LEVELS: usize = 256;
/// Bytes that an element of a list or a map counts beside its own: what it takes in memory.
const ELEMENT: usize = 32;

/// How much is read of a value.
pub(super) struct Limits {
    /// Bytes that may still be read.
    bytes: Cell<usize>,
    /// Bytes of one text that is shown.
    text: usize,
    exceeded: Cell<bool>,
}

impl Limits {
    pub(super) fn new(bytes: usize, text: usize) -> Self {
        Self { bytes: Cell::new(bytes), text, exceeded: Cell::new(false) }
    }

    /// Whether something was longer.
    pub(super) fn exceeded(&self) -> bool {
        self.exceeded.get()
    }

    fn take(&self, bytes: usize) -> bool {
        let left = self.bytes.get().checked_sub(bytes);
        self.bytes.set(left.unwrap_or_default());
        if left.is_none() {
            self.exceeded.set(true);
        }
        left.is_some()
    }
}

/// A value that is serialized within limits.
pub(super) struct Limited<'a, T: ?Sized> {
    value: &'a T,
    levels: usize,
    limits: &'a Limits,
}

impl<'a, T: ?Sized> Limited<'a, T> {
    pub(super) fn new(value: &'a T, limits: &'a Limits) -> Self {
        Self { value, levels: LEVELS, limits }
    }
}

impl<T: Serialize + ?Sized> Serialize for Limited<'_, T> {
    fn serialize<S: Serializer>(&self, inner: S) -> Result<S::Ok, S::Error> {
        match self.levels.checked_sub(1) {
            Some(_) if is_lock::<T>() => inner.serialize_str(LOCK),
            Some(levels) => self.value.serialize(Within { inner, levels, limits: self.limits }),
            None => Err(Error::custom("nested too deep")),
        }
    }
}

/// A serializer, or a list, a map, … that is being serialized, and what is left of the limits.
pub(super) struct Within<'a, S> {
    inner: S,
    levels: usize,
    limits: &'a Limits,
}

impl<'a, S> Within<'a, S> {
    fn limited<'b, T: ?Sized>(&self, value: &'b T) -> Limited<'b, T>
    where
        'a: 'b,
    {
        Limited { value, levels: self.levels, limits: self.limits }
    }

    fn take<E: Error>(&self, bytes: usize) -> Result<(), E> {
        if self.limits.take(bytes) { Ok(()) } else { Err(E::custom("too long")) }
    }

    fn around<C, E>(self, open: impl FnOnce(S) -> Result<C, E>) -> Result<Within<'a, C>, E> {
        Ok(Within { inner: open(self.inner)?, levels: self.levels, limits: self.limits })
    }
}

/// Shows a value as far as the limits go. What is beyond is no error here, where some serializers would panic.
struct Text<'a, T: ?Sized> {
    value: &'a T,
    limits: &'a Limits,
}

impl<T: Display + ?Sized> Display for Text<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut counted = Counted { out: f, left: self.limits.text, limits: self.limits };
        let shown = write_shown(self.value, &mut counted);
        if self.limits.exceeded() { Ok(()) } else { shown }
    }
}

struct Counted<'a, 'f> {
    out: &'a mut fmt::Formatter<'f>,
    left: usize,
    limits: &'a Limits,
}

impl Write for Counted<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        match self.left.checked_sub(text.len()) {
            Some(left) if self.limits.take(text.len()) => self.left = left,
            _ => {
                self.limits.exceeded.set(true);
                return Err(fmt::Error);
            }
        }
        self.out.write_str(text)
    }
}

macro_rules! scalars {
    ($($name:ident: $type:ty),+ $(,)?) => {$(
        fn $name(self, value: $type) -> Result<S::Ok, S::Error> {
            self.take(size_of::<$type>())?;
            self.inner.$name(value)
        }
    )+};
}

impl<'a, S: Serializer> Serializer for Within<'a, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Within<'a, S::SerializeSeq>;
    type SerializeTuple = Within<'a, S::SerializeTuple>;
    type SerializeTupleStruct = Within<'a, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Within<'a, S::SerializeTupleVariant>;
    type SerializeMap = Within<'a, S::SerializeMap>;
    type SerializeStruct = Within<'a, S::SerializeStruct>;
    type SerializeStructVariant = Within<'a, S::SerializeStructVariant>;

    scalars! {
        serialize_bool: bool, serialize_char: char, serialize_f32: f32, serialize_f64: f64,
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128,
    }

    fn serialize_str(self, value: &str) -> Result<S::Ok, S::Error> {
        self.take(value.len())?;
        self.inner.serialize_str(value)
    }
    fn serialize_bytes(self, value: &[u8]) -> Result<S::Ok, S::Error> {
        self.take(value.len())?;
        self.inner.serialize_bytes(value)
    }
    fn collect_str<T: ?Sized + Display>(self, value: &T) -> Result<S::Ok, S::Error> {
        let written = self.inner.collect_str(&Text { value, limits: self.limits })?;
        if self.limits.exceeded() { Err(Error::custom("too long")) } else { Ok(written) }
    }
    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.take(1)?;
        self.inner.serialize_none()
    }
    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<S::Ok, S::Error> {
        let value = self.limited(value);
        self.inner.serialize_some(&value)
    }
    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.take(1)?;
        self.inner.serialize_unit()
    }
    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        self.take(1)?;
        self.inner.serialize_unit_struct(name)
    }
    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.take(variant.len())?;
        self.inner.serialize_unit_variant(name, index, variant)
    }
    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let value = self.limited(value);
        self.inner.serialize_newtype_struct(name, &value)
    }
    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let value = self.limited(value);
        self.inner.serialize_newtype_variant(name, index, variant, &value)
    }
    // How long a list or a map says it is, is not believed: some serializers would make room for it.
    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.around(|inner| inner.serialize_seq(None))
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.around(|inner| inner.serialize_map(None))
    }
    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, S::Error> {
        let length = length.min(self.limits.bytes.get());
        self.around(|inner| inner.serialize_tuple(length))
    }
    fn serialize_tuple_struct(
        self,
        name: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        let length = length.min(self.limits.bytes.get());
        self.around(|inner| inner.serialize_tuple_struct(name, length))
    }
    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        let length = length.min(self.limits.bytes.get());
        self.around(|inner| inner.serialize_tuple_variant(name, index, variant, length))
    }
    fn serialize_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeStruct, S::Error> {
        let length = length.min(self.limits.bytes.get());
        self.around(|inner| inner.serialize_struct(name, length))
    }
    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        let length = length.min(self.limits.bytes.get());
        self.around(|inner| inner.serialize_struct_variant(name, index, variant, length))
    }
    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// Lists and their like: one method for each of their values, with or without a name.
macro_rules! compounds {
    ($($trait:ident: $method:ident ($($name:ident)?);)+) => {$(
        impl<S: $trait> $trait for Within<'_, S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn $method<T: ?Sized + Serialize>(
                &mut self,
                $($name: &'static str,)?
                value: &T,
            ) -> Result<(), S::Error> {
                self.take(ELEMENT)?;
                let value = self.limited(value);
                self.inner.$method($($name,)? &value)
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.inner.end()
            }
        }
    )+};
}

compounds! {
    SerializeSeq: serialize_element ();
    SerializeTuple: serialize_element ();
    SerializeTupleStruct: serialize_field ();
    SerializeTupleVariant: serialize_field ();
    SerializeStruct: serialize_field (key);
    SerializeStructVariant: serialize_field (key);
}

impl<S: SerializeMap> SerializeMap for Within<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), S::Error> {
        self.take(ELEMENT)?;
        let key = self.limited(key);
        self.inner.serialize_key(&key)
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), S::Error> {
        let value = self.limited(value);
        self.inner.serialize_value(&value)
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.inner.end()
    }
}
