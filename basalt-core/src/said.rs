//! Log lines that are said once per process, however often their cause comes back.

/// Says something once: `said::once!(error, "…")`, with fields as in [`tracing::event!`].
#[doc(hidden)]
#[macro_export]
macro_rules! said_once {
    ($level:ident, $($said:tt)+) => {{
        static SAID: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
        // Subscribers keep thread-locals, too.
        if !$crate::thread_is_ending() && !SAID.swap(true, std::sync::atomic::Ordering::Relaxed) {
            tracing::$level!(target: "basalt", $($said)+);
        }
    }};
}

pub(crate) use said_once as once;
