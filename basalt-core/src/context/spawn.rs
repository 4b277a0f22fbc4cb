//! Carries the current observation into tasks, threads and streams.

use opentelemetry::{Context, context::FutureExt, trace::TraceContextExt};

pub use opentelemetry::context::WithContext;

/// For futures and streams that run elsewhere, or later.
///
/// A spawned task starts outside every trace; wrapped, it stays inside the one that spawned it.
///
/// ```
/// # async fn summarise() {}
/// use basalt_core::context::InCurrentObservation;
///
/// # async fn handler() {
/// tokio::spawn(summarise().in_current_observation());
/// # }
/// ```
pub trait InCurrentObservation: Sized {
    /// The same future or stream, inside what is being observed now.
    fn in_current_observation(self) -> WithContext<Self> {
        self.with_context(Context::current())
    }
}

impl<T> InCurrentObservation for T {}

/// A closure that runs inside what is being observed now, for blocking threads and threads of your own.
///
/// ```
/// # fn parse() {}
/// use basalt_core::context::carry;
///
/// let thread = std::thread::spawn(carry(parse));
/// # thread.join().unwrap();
/// // or: tokio::task::spawn_blocking(carry(parse))
/// ```
pub fn carry<R>(work: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let context = Context::current();
    move || {
        let _entered = context.attach();
        work()
    }
}

/// The id of the active trace, as 32 hexadecimal digits; none outside a trace. For log lines and for
/// answers that tell the caller what to ask about.
#[must_use]
pub fn trace_id() -> Option<String> {
    let id = Context::map_current(|context| {
        let span = context.span();
        let span = span.span_context();
        span.is_valid().then(|| span.trace_id())
    });
    id.map(|id| id.to_string())
}
