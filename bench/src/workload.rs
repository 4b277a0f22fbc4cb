//! What can be measured: work in this process, and applications that do it, or serve it.

use anyhow::Result;
use tokio::runtime::{Builder, Runtime};

use crate::shape::Shape;

/// Work of which one piece is like the other.
pub(crate) trait Workload {
    /// Does so many pieces, one after the other.
    fn run(&mut self, count: u64) -> Result<()>;
}

/// A service with whatever observes it.
pub(crate) trait Application {
    /// Answers requests in this process.
    fn workload(self: Box<Self>, shape: Shape) -> Result<Box<dyn Workload>>;

    /// Prints its port, and answers there for ever.
    fn serve(self: Box<Self>, runtime: Runtime) -> Result<()>;
}

/// Everything on this thread.
pub(crate) fn current_thread() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}
