//! The answer to a flush or a shutdown, waited for by a thread or a task, for a limited time.
//!
//! The limit is the caller's: it holds whatever the delivery thread does meanwhile, and whatever runtime the caller has.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    thread,
    time::Instant,
};

use tokio::sync::Notify;

/// What a caller hears.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Every span that had ended was accepted, refused or lost; an exporter may have failed to flush, and said why.
    Settled(Option<String>),
    /// The limit has passed.
    Late,
    /// The delivery thread has stopped without an answer.
    Gone,
}

/// The delivery thread's half. Dropped without an answer, it says so.
#[derive(Debug)]
pub(super) struct Responder(Arc<Cell>);

/// The caller's half.
#[derive(Debug)]
pub(super) struct Pending(Arc<Cell>);

#[derive(Debug, Default)]
struct Cell {
    state: Mutex<State>,
    changed: Condvar,
    /// The caller has left.
    abandoned: Notify,
}

#[derive(Debug, Default)]
struct State {
    answer: Option<Heard>,
    waker: Option<Waker>,
    /// The caller does not wait any more.
    left: bool,
}

pub(super) fn channel() -> (Responder, Pending) {
    let cell = Arc::<Cell>::default();
    (Responder(Arc::clone(&cell)), Pending(cell))
}

impl Responder {
    pub(super) fn give(self, answer: Heard) {
        self.0.give(answer);
    }
}

impl Responder {
    /// Resolves when nobody waits for the answer any more.
    pub(super) async fn abandoned(&self) {
        self.0.abandoned.notified().await;
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.0.give(Heard::Gone);
    }
}

impl Pending {
    /// Blocks this thread; `None` as the deadline waits without a limit.
    pub(super) fn wait(self, deadline: Option<Instant>) -> Heard {
        self.0.wait(deadline);
        self.0.state().answer.take().unwrap_or(Heard::Late)
    }

    /// Resolves at the deadline at the latest, on any runtime, or none. `None` as the deadline waits without a limit.
    pub(super) async fn within(self, deadline: Option<Instant>) -> Heard {
        if let Some(deadline) = deadline {
            self.0.keep_time(deadline);
        }
        self.await
    }
}

impl Future for Pending {
    type Output = Heard;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Heard> {
        let mut state = self.0.state();
        match state.answer.take() {
            Some(answer) => Poll::Ready(answer),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        let waker = {
            let mut state = self.0.state();
            state.left = true;
            state.waker.take()
        };
        drop(waker);
        self.0.changed.notify_all();
        self.0.abandoned.notify_one();
    }
}

impl Cell {
    /// The first answer counts.
    fn give(&self, answer: Heard) {
        let waker = {
            let mut state = self.state();
            if state.left || state.answer.is_some() {
                return;
            }
            state.answer = Some(answer);
            state.waker.take()
        };
        self.changed.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Returns when there is an answer, when nobody waits for one any more, or at the deadline.
    fn wait(&self, deadline: Option<Instant>) {
        let waits = |state: &mut State| state.answer.is_none() && !state.left;
        let state = self.state();
        match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
            Some(limit) => drop(self.changed.wait_timeout_while(state, limit, waits)),
            None => drop(self.changed.wait_while(state, waits)),
        }
    }

    /// A thread of its own ends the wait: the caller's runtime may have no timer, and the delivery thread may be
    /// busy. Where no thread can be had, the delivery thread answers at the deadline, if it can.
    fn keep_time(self: &Arc<Self>, deadline: Instant) {
        let cell = Arc::clone(self);
        let keep = move || {
            cell.wait(Some(deadline));
            cell.give(Heard::Late);
        };
        if deadline <= Instant::now() {
            return keep();
        }
        let _ = thread::Builder::new().name("basalt-timer".to_owned()).spawn(keep);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn soon() -> Option<Instant> {
        Instant::now().checked_add(Duration::from_millis(20))
    }

    fn late() -> Option<Instant> {
        Instant::now().checked_add(Duration::from_secs(60))
    }

    #[test]
    fn a_caller_hears_what_was_answered() {
        for deadline in [late(), None] {
            let (responder, pending) = channel();
            let answer = thread::spawn(move || responder.give(Heard::Settled(None)));
            assert_eq!(pending.wait(deadline), Heard::Settled(None));
            answer.join().unwrap();
            let (responder, pending) = channel();
            let answer = thread::spawn(move || responder.give(Heard::Settled(None)));
            assert_eq!(pollster::block_on(pending.within(deadline)), Heard::Settled(None));
            answer.join().unwrap();
        }
    }

    #[test]
    fn a_caller_waits_no_longer_than_its_limit_though_nobody_answers() {
        let (_responder, pending) = channel();
        assert_eq!(pending.wait(soon()), Heard::Late);
        let (_responder, pending) = channel();
        assert_eq!(pollster::block_on(pending.within(soon())), Heard::Late);
        let (_responder, pending) = channel();
        assert_eq!(pollster::block_on(pending.within(Some(Instant::now()))), Heard::Late);
    }

    #[test]
    fn a_caller_hears_that_nobody_will_answer() {
        let (responder, pending) = channel();
        drop(responder);
        assert_eq!(pending.wait(None), Heard::Gone);
        let (responder, pending) = channel();
        drop(responder);
        assert_eq!(pollster::block_on(pending.within(late())), Heard::Gone);
    }

    #[test]
    fn the_timer_of_a_caller_that_left_ends_at_once() {
        let (_responder, pending) = channel();
        let cell = Arc::clone(&pending.0);
        let mut waiting = Box::pin(pending.within(late()));
        assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(waiting);
        // The timer's clone of the cell is gone when its thread has ended: the test's and the responder's are left.
        let begun = Instant::now();
        while Arc::strong_count(&cell) > 2 {
            assert!(begun.elapsed() < Duration::from_secs(30), "the timer still waits");
            thread::yield_now();
        }
    }

    #[test]
    fn a_wait_that_is_dropped_keeps_no_waker() {
        struct Counted;
        impl std::task::Wake for Counted {
            fn wake(self: Arc<Self>) {}
        }
        let (_responder, mut pending) = channel();
        let counted = Arc::new(Counted);
        let waker = Waker::from(Arc::clone(&counted));
        assert!(Pin::new(&mut pending).poll(&mut Context::from_waker(&waker)).is_pending());
        drop(pending);
        drop(waker);
        assert_eq!(Arc::strong_count(&counted), 1);
    }
}
