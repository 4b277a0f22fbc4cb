//! The one guard around code of others: `Display`, `Debug`, `Serialize`, iterators, conversions and closures that users
//! hand over.
//!
//! A panic or an error in there stays there. What was to be written becomes [`FAILED`], or is left out; the failure is
//! counted ([`Health::failed_values`](crate::Health)) and said once. Output is bounded while it is made, not afterwards.

use std::{
    fmt::{self, Display, Write},
    mem::ManuallyDrop,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU64, Ordering},
};

use crate::{said, text::head};

/// What stands in the place of a text that could not be made.
pub(crate) const FAILED: &str = "[failed to format]";
/// Items that are taken of one iterator.
pub(crate) const MOST: usize = 1_000;

static FAILURES: AtomicU64 = AtomicU64::new(0);

/// How often code of others has failed in this process.
pub(crate) fn failures() -> u64 {
    FAILURES.load(Ordering::Relaxed)
}

/// Counts a failure, and says the first one.
pub(crate) fn failed() {
    FAILURES.fetch_add(1, Ordering::Relaxed);
    said::once!(
        error,
        "a value could not be observed: its Display, Debug, Serialize, iterator or conversion failed or panicked"
    );
}

/// Runs code of others. None if it panics, which is counted.
pub(crate) fn call<R>(code: impl FnOnce() -> R) -> Option<R> {
    let result = caught(code);
    if result.is_none() {
        failed();
    }
    result
}

/// Runs code that may panic, with whatever. None if it does.
pub(crate) fn caught<R>(code: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(code)) {
        Ok(result) => Some(result),
        Err(panic) => {
            // What was panicked with may panic when it is dropped, and so on: the second one is let go of.
            if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
                let _ = ManuallyDrop::new(again);
            }
            None
        }
    }
}

/// Converts a text.
pub(crate) fn text(text: impl Into<String>) -> String {
    call(|| text.into()).unwrap_or_else(|| FAILED.to_owned())
}

/// Reads a text; the default of what is read if there is none.
pub(crate) fn read<R: Default>(text: impl AsRef<str>, read: impl FnOnce(&str) -> R) -> R {
    call(|| read(text.as_ref())).unwrap_or_default()
}

/// Shows each of the first [`MOST`] items; those before a panic count. Whether an item is missing.
pub(crate) fn each<T>(items: impl IntoIterator<Item = T>, each: impl FnMut(T)) -> bool {
    let shown = || {
        let mut items = items.into_iter();
        items.by_ref().take(MOST).for_each(each);
        items.next().is_some()
    };
    call(shown).unwrap_or(true)
}

/// A text that was made within a limit.
#[derive(Debug, PartialEq)]
pub(crate) struct Shown {
    pub(crate) text: String,
    /// Whether something is missing at the end.
    pub(crate) cut: bool,
}

/// The text of a value: at most `limit` bytes are ever made of it.
pub(crate) fn shown(value: &(impl Display + ?Sized), limit: usize) -> Shown {
    let mut bounded = Bounded { text: String::new(), limit };
    let cut = write_shown(value, &mut bounded).is_err();
    Shown { text: bounded.text, cut }
}

/// Writes the text of a value, and [`FAILED`] behind what it has written before it failed. An error is one of `out`.
pub(crate) fn write_shown(value: &(impl Display + ?Sized), out: &mut impl Write) -> fmt::Result {
    let mut sink = Sink { out, refused: false };
    let written = call(|| write!(sink, "{value}"));
    match (sink.refused, written) {
        (true, _) => Err(fmt::Error),
        (false, Some(Ok(()))) => Ok(()),
        (false, None) => sink.write_str(FAILED),
        (false, Some(Err(_))) => {
            failed();
            sink.write_str(FAILED)
        }
    }
}

/// Remembers who has failed: the value that is shown, or what it is written to.
struct Sink<'a, W> {
    out: &'a mut W,
    refused: bool,
}

impl<W: Write> Write for Sink<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // A value that goes on after an error writes nothing more.
        if self.refused {
            return Err(fmt::Error);
        }
        let written = self.out.write_str(text);
        self.refused = written.is_err();
        written
    }
}

/// Takes text up to its limit, then refuses.
struct Bounded {
    text: String,
    limit: usize,
}

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let fitting = head(text, self.limit - self.text.len());
        self.text.push_str(fitting);
        if fitting.len() < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    struct By<F>(F);

    impl<F: Fn(&mut fmt::Formatter<'_>) -> fmt::Result> Display for By<F> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            (self.0)(f)
        }
    }

    fn by(show: impl Fn(&mut fmt::Formatter<'_>) -> fmt::Result) -> Shown {
        shown(&By(show), 40)
    }

    #[test]
    fn a_value_that_fails_or_panics_is_shown_as_far_as_it_went_and_counted() {
        let before = failures();
        let half = Shown { text: format!("half {FAILED}"), cut: false };
        assert_eq!(by(|f| f.write_str("half ").and(Err(fmt::Error))), half);
        assert_eq!(by(|f| f.write_str("half ").map(|()| panic!("on purpose"))), half);
        assert!(failures() >= before + 2);
    }

    #[test]
    fn a_value_without_end_is_asked_for_no_more_than_is_kept() {
        let writes = Cell::new(0);
        let endless = By(|f: &mut fmt::Formatter<'_>| {
            loop {
                writes.set(writes.get() + 1);
                f.write_str("é")?;
            }
        });
        assert_eq!(shown(&endless, 7), Shown { text: "ééé".to_owned(), cut: true });
        assert_eq!(writes.get(), 4);
        let stubborn = By(|f: &mut fmt::Formatter<'_>| {
            (0..1_000).for_each(|_| _ = f.write_str("long text"));
            Ok(())
        });
        assert_eq!(shown(&stubborn, 8), Shown { text: "long tex".to_owned(), cut: true });
    }

    #[test]
    fn a_panic_with_something_that_panics_when_it_is_dropped_stays_inside() {
        struct Bomb(u8);
        impl Drop for Bomb {
            fn drop(&mut self) {
                std::panic::panic_any(Bomb(self.0 - 1));
            }
        }
        assert_eq!(call(|| std::panic::panic_any(Bomb(9))), None::<()>);
    }

    #[test]
    fn items_before_a_panic_count_and_endless_ones_are_cut() {
        let mut seen = Vec::new();
        let items = (0..9).map(|number| if number < 3 { number } else { panic!("on purpose") });
        assert!(each(items, |number| seen.push(number)));
        assert_eq!(seen, [0, 1, 2]);
        let mut count = 0;
        assert!(each(std::iter::repeat(()), |()| count += 1));
        assert_eq!(count, MOST);
        assert!(!each(0..MOST, |_| ()), "nothing is missing");
    }
}
