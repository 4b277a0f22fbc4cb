//! A gate for code that must block until a test says so.

use std::{
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

/// Generous: nobody waits at a gate for ever.
const LIMIT: Duration = Duration::from_secs(120);

/// Closed until it is opened, then open for good. Clones are the same gate.
#[derive(Debug, Clone, Default)]
pub struct Gate(Arc<(Mutex<State>, Condvar)>);

#[derive(Debug, Default)]
struct State {
    open: bool,
    waiting: usize,
}

impl Gate {
    /// A closed one.
    #[must_use]
    pub fn closed() -> Self {
        Self::default()
    }

    /// Blocks this thread until the gate is open.
    pub fn pass(&self) {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        state.waiting += 1;
        changed.notify_all();
        let (mut state, _) = changed.wait_timeout_while(state, LIMIT, |state| !state.open).unwrap();
        state.waiting -= 1;
    }

    /// How many threads wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.0.0.lock().unwrap().waiting
    }

    /// Lets everybody pass.
    pub fn open(&self) {
        let (state, changed) = &*self.0;
        state.lock().unwrap().open = true;
        changed.notify_all();
    }

    /// Blocks this thread until another one waits at the gate.
    ///
    /// # Panics
    ///
    /// If nobody comes within two minutes.
    pub fn wait_for_somebody(&self) {
        let (state, changed) = &*self.0;
        let waits = |state: &mut State| !state.open && state.waiting == 0;
        let (_state, limit) = changed.wait_timeout_while(state.lock().unwrap(), LIMIT, waits).unwrap();
        assert!(!limit.timed_out(), "nobody came to the gate");
    }
}
