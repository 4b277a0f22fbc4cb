//! What went wrong in a function: can it be shown?

use std::fmt::Display;

use super::Call;

/// The error of an [`Outcome`](super::Outcome).
#[derive(Debug)]
pub struct Failure<'a, E: ?Sized>(pub &'a E);

/// [`Failure`]s that can be shown.
pub trait NamedFailure {
    /// Records it, as [`Call::failed`].
    fn record(&self, call: &Call);
}

impl<E: Display + ?Sized> NamedFailure for &Failure<'_, E> {
    fn record(&self, call: &Call) {
        call.failed(self.0);
    }
}

/// All other [`Failure`]s.
pub trait OtherFailure {
    /// Records its type, as [`Call::failed_as`].
    fn record(&self, call: &Call);
}

impl<E: ?Sized> OtherFailure for Failure<'_, E> {
    fn record(&self, call: &Call) {
        call.failed_as::<E>();
    }
}
