//! One operation of the API, about to be asked for.

use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
    sync::Arc,
};

use super::Api;

/// An operation of the API. Nothing is sent before it is awaited, on any runtime, or run
/// [`blocking`](Self::blocking), without one.
///
/// Dropped half way, the request is given up.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let basalt = basalt_core::Basalt::builder().build()?;
/// for prompt in basalt.prompts().list().blocking()? {
///     println!("{}", prompt.slug);
/// }
/// # Ok(()) }
/// ```
#[must_use = "nothing is asked until it is awaited or blocked on"]
pub struct ApiCall<O> {
    pub(super) api: Arc<Api>,
    pub(super) operation: O,
}

/// What is asked of the API: implemented by the operations of this crate.
pub trait Operation: Send + Sized + 'static {
    /// What it answers.
    type Output;
    /// How it fails.
    type Error;

    #[doc(hidden)]
    fn run(self, api: Arc<Api>) -> impl Future<Output = Result<Self::Output, Self::Error>> + Send;
}

impl<O: Operation> ApiCall<O> {
    pub(super) fn new(api: &Arc<Api>, operation: O) -> Self {
        Self { api: Arc::clone(api), operation }
    }

    /// Waits for the answer on this thread. Inside async code it holds up whatever else runs on the thread, but never
    /// itself: requests are made on a thread of their own.
    ///
    /// # Errors
    ///
    /// As awaiting it.
    pub fn blocking(self) -> Result<O::Output, O::Error> {
        pollster::block_on(self.operation.run(self.api))
    }

    /// The same call, told more.
    pub(super) fn with(mut self, tell: impl FnOnce(&mut O)) -> Self {
        tell(&mut self.operation);
        self
    }
}

impl<O: Operation> IntoFuture for ApiCall<O> {
    type Output = Result<O::Output, O::Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.operation.run(self.api))
    }
}

impl<O: fmt::Debug> fmt::Debug for ApiCall<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiCall").field("operation", &self.operation).finish_non_exhaustive()
    }
}
