//! The process that a queue belongs to. A process that is forked off has the queue but no delivery thread.

use std::{
    process,
    sync::atomic::{AtomicBool, Ordering},
};

use crate::foreign;

#[derive(Debug)]
pub(super) struct Process {
    id: u32,
    /// It was said that this process is another one.
    disowned: AtomicBool,
}

impl Process {
    /// What a process that was forked off hears.
    pub(super) const FORKED: &str = "this process was forked off from the one that started telemetry and has no \
         delivery thread: nothing is delivered from here; build `Basalt` after the fork";

    pub(super) fn current() -> Self {
        Self { id: process::id(), disowned: AtomicBool::new(false) }
    }

    /// False in a process that was forked off.
    pub(super) fn is_current(&self) -> bool {
        process::id() == self.id
    }

    /// Says once that this process delivers nothing.
    #[cold]
    pub(super) fn disown(&self) {
        if !self.disowned.swap(true, Ordering::Relaxed) {
            foreign::caught(|| tracing::error!(target: "basalt", "{}", Self::FORKED));
        }
    }
}
