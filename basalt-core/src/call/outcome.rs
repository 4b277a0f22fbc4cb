//! What a function of any return type has come to: is it a `Result`?

use std::convert::Infallible;

/// What a function has returned.
///
/// ```
/// use basalt_core::{call::*, observe};
///
/// let call = Call::step(observe::observe("parse"));
/// let result = call.in_scope(|| "seven".parse::<u8>());
/// let outcome = (&&Returned(&result)).outcome();
/// if let Some(value) = outcome.value {
///     (&&Output(value)).record(&call);
/// }
/// if let Some(error) = outcome.error {
///     (&&Failure(error)).record(&call);
/// }
/// ```
#[derive(Debug)]
pub struct Returned<'a, T>(pub &'a T);

/// A value or an error.
#[derive(Debug)]
pub struct Outcome<'a, T, E> {
    /// What came out, if nothing failed.
    pub value: Option<&'a T>,
    /// What went wrong.
    pub error: Option<&'a E>,
}

/// [`Returned`] by functions that can fail.
#[diagnostic::on_unimplemented(
    message = "`err` needs a function that returns a `Result`",
    label = "this function returns something else",
    note = "remove `err`, or return a `Result`"
)]
pub trait ResultReturn<'a, T, E> {
    /// Takes the result apart.
    fn outcome(&self) -> Outcome<'a, T, E>;
}

impl<'a, T, E> ResultReturn<'a, T, E> for &Returned<'a, Result<T, E>> {
    fn outcome(&self) -> Outcome<'a, T, E> {
        Outcome { value: self.0.as_ref().ok(), error: self.0.as_ref().err() }
    }
}

/// [`Returned`] by all others.
pub trait OtherReturn<'a, T> {
    /// It is a value.
    fn outcome(&self) -> Outcome<'a, T, Infallible>;
}

impl<'a, T> OtherReturn<'a, T> for Returned<'a, T> {
    fn outcome(&self) -> Outcome<'a, T, Infallible> {
        Outcome { value: Some(self.0), error: None }
    }
}
