//! What threads have taken of a core, as the kernel counts it.

use std::{fs, time::Duration};

use anyhow::{Context, Result};

/// Time on a core of every thread of a process, of those that live.
pub(crate) fn of_process(process: u32) -> Result<Duration> {
    let mut sum = Duration::ZERO;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        sum += read(&format!("{}/schedstat", thread?.path().display()))?;
    }
    Ok(sum)
}

/// Of the thread that asks.
pub(crate) fn of_this() -> Result<Duration> {
    read("/proc/thread-self/schedstat")
}

fn read(path: &str) -> Result<Duration> {
    let text = fs::read_to_string(path)?;
    let nanoseconds = text.split_whitespace().next().context("the kernel counts no time")?.parse()?;
    Ok(Duration::from_nanos(nanoseconds))
}
