//! What a thread takes from the heap.

use std::alloc::System;

use alloc_tracker::{Allocator, Session};
use anyhow::{Context, Result};

/// Counts for each thread by itself: a few instructions for an allocation, for whoever makes it.
#[global_allocator]
static ALLOCATOR: Allocator<System> = Allocator::system();

/// Allocations and bytes of this thread while the work is done. Growing a block counts as an allocation.
pub(super) fn of(work: impl FnOnce() -> Result<()>) -> Result<(u64, u64)> {
    const NAME: &str = "work";
    let session = Session::new().no_stdout().no_file();
    let operation = session.operation(NAME);
    let span = operation.measure_thread().iterations(1);
    work()?;
    drop(span);
    let report = session.to_report();
    let (_, counted) =
        report.operations().find(|(name, _)| *name == NAME).context("allocations were not counted")?;
    Ok((counted.total_allocations_count(), counted.total_bytes_allocated()))
}
