//! What came out of a function: does it serialize?

use serde::Serialize;

use super::Call;

/// The value of an [`Outcome`](super::Outcome).
#[derive(Debug)]
pub struct Output<'a, T: ?Sized>(pub &'a T);

/// [`Output`]s that serialize.
pub trait JsonOutput {
    /// Captures it, as [`Call::returned`].
    fn record(&self, call: &Call);
}

impl<T: Serialize + ?Sized> JsonOutput for &Output<'_, T> {
    fn record(&self, call: &Call) {
        call.returned(&self.0);
    }
}

/// All other [`Output`]s.
pub trait OtherOutput {
    /// Leaves it out.
    fn record(&self, _call: &Call) {}
}

impl<T: ?Sized> OtherOutput for Output<'_, T> {}
