//! The current OpenTelemetry `Context` of a thread: the only door to it, because it is gone before the thread is.
//!
//! OpenTelemetry keeps it in a thread-local and panics once that has been destroyed, which aborts the process: what
//! runs then are destructors of other thread-locals. A thread that is ending has an empty context here, and nothing
//! can be made active on it.

use std::{cell::Cell, marker::PhantomData, mem::ManuallyDrop};

use opentelemetry::{Context, ContextGuard};

use crate::foreign;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thread {
    /// Nothing has been asked here yet.
    New,
    Running,
    /// Its thread-locals are being destroyed.
    Ending,
}

/// Tells when the thread begins to destroy its thread-locals.
struct Sentinel;

impl Drop for Sentinel {
    fn drop(&mut self) {
        THREAD.set(Thread::Ending);
    }
}

thread_local! {
    // Has no destructor, and so is there until the very end.
    static THREAD: Cell<Thread> = const { Cell::new(Thread::New) };
    static SENTINEL: Sentinel = const { Sentinel };
}

/// Whether this thread has no context any more.
#[inline]
#[must_use]
pub fn thread_is_ending() -> bool {
    match THREAD.get() {
        Thread::Running => false,
        Thread::Ending => true,
        Thread::New => first_look(),
    }
}

/// Thread-locals are destroyed in the reverse order of their first use: the sentinel, used after OpenTelemetry's, goes
/// before it. If OpenTelemetry's is gone already, because this is the first look and others have used it before, only its
/// panic tells.
#[cold]
fn first_look() -> bool {
    let alive =
        foreign::caught(|| Context::map_current(|_| ())).is_some() && SENTINEL.try_with(|_| ()).is_ok();
    THREAD.set(if alive { Thread::Running } else { Thread::Ending });
    !alive
}

/// [`Context::current`]; empty on a thread that is ending.
#[inline]
pub(crate) fn context() -> Context {
    if thread_is_ending() { Context::new() } else { Context::current() }
}

/// [`Context::map_current`]; of an empty one on a thread that is ending. Nothing in `look` may ask for the current
/// context, attach one, or run foreign code.
#[inline]
pub(crate) fn map<R>(look: impl FnOnce(&Context) -> R) -> R {
    if thread_is_ending() { look(&Context::new()) } else { Context::map_current(look) }
}

/// [`Context::attach`]; does nothing on a thread that is ending.
#[inline]
pub(crate) fn attach(context: Context) -> Attached {
    let guard = if thread_is_ending() { None } else { Some(context.attach()) };
    Attached { guard, stays: PhantomData }
}

/// Detaches a context when it is dropped, on the thread that has attached it.
#[derive(Debug)]
#[must_use = "dropped at once, the context is detached at once"]
pub(crate) struct Attached {
    guard: Option<ContextGuard>,
    stays: PhantomData<*const ()>,
}

impl Drop for Attached {
    #[inline]
    fn drop(&mut self) {
        // Kept in a thread-local, a guard may outlive what it would detach from.
        if THREAD.get() == Thread::Ending {
            let _stays = ManuallyDrop::new(self.guard.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, sync::mpsc, thread};

    use super::*;

    #[derive(Debug, PartialEq)]
    struct Number(u8);

    fn number() -> Option<u8> {
        map(|context| context.get::<Number>().map(|number| number.0))
    }

    #[test]
    fn what_is_attached_is_current_until_its_guard_is_dropped() {
        let attached = attach(Context::new().with_value(Number(7)));
        assert_eq!((number(), context().get()), (Some(7), Some(&Number(7))));
        drop(attached);
        assert_eq!(number(), None);
    }

    /// Looks at the context when its thread-local is destroyed.
    struct Late {
        attached: Option<Attached>,
        tell: mpsc::Sender<bool>,
    }

    impl Drop for Late {
        fn drop(&mut self) {
            drop(attach(Context::new().with_value(Number(8))));
            self.attached = None;
            let empty = number().is_none() && context().get::<Number>().is_none();
            self.tell.send(empty && thread_is_ending()).unwrap();
        }
    }

    thread_local! {
        static LATE: RefCell<Option<Late>> = const { RefCell::new(None) };
    }

    #[test]
    fn a_thread_that_ends_has_an_empty_context() {
        let (tell, told) = mpsc::channel();
        let work = move || {
            LATE.set(None);
            let attached = attach(Context::new().with_value(Number(9)));
            LATE.set(Some(Late { attached: Some(attached), tell }));
        };
        thread::spawn(work).join().unwrap();
        assert!(told.recv().unwrap());
    }
}
