//! The arguments of a call, by name.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    foreign::{self, Shown},
    payload::{LIMIT, Tree},
};

/// Collects the arguments of a call: [`Call::arguments`](super::Call::arguments).
#[derive(Debug, Default)]
pub struct Arguments {
    named: Map<String, Value>,
    /// Whether something is missing of one of them.
    pub(super) cut: bool,
}

impl Arguments {
    /// One argument, as JSON of at most 64 kB.
    pub fn add<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        let Tree { value, cut } = Tree::of(&value);
        self.named.insert(name.to_owned(), value);
        self.cut |= cut;
    }

    /// One argument, as its `Debug` text of at most 64 kB.
    pub fn add_debug<T: fmt::Debug + ?Sized>(&mut self, name: &str, value: &T) {
        let Shown { text, cut } = foreign::shown(&format_args!("{value:?}"), LIMIT);
        self.named.insert(name.to_owned(), text.into());
        self.cut |= cut;
    }

    /// The first of these names that an argument has.
    pub(super) fn first(&self, names: &[&str]) -> Option<&Value> {
        names.iter().find_map(|name| self.named.get(*name))
    }

    pub(super) fn all(&self) -> &Map<String, Value> {
        &self.named
    }
}

/// An argument of a type that only the compiler knows: where it serializes, it is captured, and left out
/// otherwise.
///
/// The compiler chooses between [`JsonArgument`] and [`OtherArgument`] when `add_to` is called on a reference to a
/// reference:
///
/// ```
/// use basalt_core::call::{Argument, Arguments, JsonArgument as _, OtherArgument as _};
///
/// let (city, connection) = ("Lima", std::sync::mpsc::channel::<u8>());
/// let mut arguments = Arguments::default();
/// (&&Argument(&city)).add_to(&mut arguments, "city");
/// (&&Argument(&connection)).add_to(&mut arguments, "connection"); // left out
/// ```
#[derive(Debug)]
pub struct Argument<'a, T: ?Sized>(pub &'a T);

/// [`Argument`]s that serialize.
pub trait JsonArgument {
    /// Captures it.
    fn add_to(&self, arguments: &mut Arguments, name: &str);
}

impl<T: Serialize + ?Sized> JsonArgument for &Argument<'_, T> {
    fn add_to(&self, arguments: &mut Arguments, name: &str) {
        arguments.add(name, self.0);
    }
}

/// All other [`Argument`]s.
pub trait OtherArgument {
    /// Leaves it out.
    fn add_to(&self, _arguments: &mut Arguments, _name: &str) {}
}

impl<T: ?Sized> OtherArgument for Argument<'_, T> {}
