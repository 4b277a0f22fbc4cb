//! The time line of a trace: a clock that never steps back.

use std::time::{Instant, SystemTime};

/// When a root began, by both clocks of the system. What happens later in its trace is placed by the monotonic one: the
/// other may be set back meanwhile, and spans would end before they start. While the computer sleeps, it may stand
/// still.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeLine {
    wall: SystemTime,
    monotonic: Instant,
}

impl TimeLine {
    /// One that begins now. The clocks are read one right after the other: other libraries' spans go by the first.
    pub(super) fn now() -> Self {
        let wall = wall();
        Self { wall, monotonic: Instant::now() }
    }

    /// The time of a moment; of one before the beginning, the beginning's.
    pub(super) fn time(&self, moment: Instant) -> SystemTime {
        let since = moment.saturating_duration_since(self.monotonic);
        self.wall.checked_add(since).unwrap_or(self.wall)
    }
}

/// When a span starts.
#[derive(Debug)]
pub(super) enum Start {
    /// With its trace.
    First(TimeLine),
    Later(Instant),
}

impl Start {
    pub(super) fn now(is_first: bool) -> Self {
        if is_first { Self::First(TimeLine::now()) } else { Self::Later(Instant::now()) }
    }

    /// The time of the start, on the line of the trace, which begins here if it has not yet.
    pub(super) fn on(self, line: &mut Option<TimeLine>) -> SystemTime {
        match self {
            Self::First(first) => line.get_or_insert(first).time(first.monotonic),
            Self::Later(moment) => line.get_or_insert_with(TimeLine::now).time(moment),
        }
    }
}

#[cfg(not(test))]
fn wall() -> SystemTime {
    opentelemetry::time::now()
}

#[cfg(test)]
fn wall() -> SystemTime {
    opentelemetry::time::now() - std::time::Duration::from_secs(BACK.get())
}

#[cfg(test)]
thread_local! {
    static BACK: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Sets the clock back, for a test: so many seconds, on this thread.
#[cfg(test)]
pub(crate) fn set_clock_back(seconds: u64) {
    BACK.set(seconds);
}
