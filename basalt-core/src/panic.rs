//! Panics that pass through: caught where a span watches, recorded, and let go on.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

/// Runs `work`. A panic is shown to `seen` as text, then goes on as if nobody had looked.
pub(crate) fn watch<R>(work: impl FnOnce() -> R, seen: impl FnOnce(&str)) -> R {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result,
        Err(panic) => {
            seen(message(&*panic));
            resume_unwind(panic)
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text,
        (None, None) => "a panic without text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(work: impl FnOnce() + std::panic::UnwindSafe) -> Option<String> {
        let mut text = None;
        let result = catch_unwind(AssertUnwindSafe(|| {
            watch(work, |seen| text = Some(seen.to_owned()));
        }));
        assert_eq!(result.is_err(), text.is_some());
        text
    }

    #[test]
    fn a_panic_is_seen_and_goes_on() {
        assert_eq!(seen(|| ()), None);
        assert_eq!(seen(|| panic!("plain")), Some("plain".to_owned()));
        assert_eq!(seen(|| panic!("number {}", 7)), Some("number 7".to_owned()));
        assert_eq!(seen(|| std::panic::panic_any(7)), Some("a panic without text".to_owned()));
    }
}
