//! Finished spans in memory, for tests.
//!
//! ```
//! use basalt_core::{Basalt, testing::Recorder};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let recorder = Recorder::new();
//! let basalt = Basalt::builder().exporter(recorder.clone()).build()?;
//!
//! basalt.start_observe("checkout", "pay").in_scope(|root| root.set_input(7));
//!
//! basalt.flush(std::time::Duration::from_secs(5)).await?;
//! let spans = recorder.spans();
//! assert_eq!(spans[0].name, "pay");
//! # Ok(()) }
//! ```

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use opentelemetry::Value;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{SpanData, SpanExporter},
};

use crate::{Basalt, BuildError, RootSpan};

/// Runs work under a root called `test`, of a [`Basalt`] of its own, and returns what it has left.
///
/// ```
/// use basalt_core::{observe, testing};
///
/// let recorder = testing::record(|_| {
///     observe::retrieval("search").in_scope(|span| span.set_query("why?"));
/// })?;
/// assert_eq!(recorder.value("search", "basalt.retrieval.query"), Some("why?".into()));
/// # Ok::<(), basalt_core::BuildError>(())
/// ```
///
/// # Errors
///
/// [`BuildError`] if the environment holds a configuration that cannot be built.
pub fn record(work: impl FnOnce(&RootSpan)) -> Result<Recorder, BuildError> {
    let recorder = Recorder::new();
    let basalt = Basalt::builder().exporter(recorder.clone()).build()?;
    basalt.start_observe("test", "test").in_scope(work);
    if let Err(error) = basalt.flush_blocking(Duration::from_secs(30)) {
        tracing::error!(target: "basalt", %error, "not every span was recorded");
    }
    Ok(recorder)
}

/// An exporter that keeps what it is given. Clones share what they keep.
#[derive(Debug, Clone, Default)]
pub struct Recorder {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    spans: Vec<SpanData>,
    resource: Option<Resource>,
}

impl Recorder {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// All spans delivered so far, in the order they ended. Flush first.
    #[must_use]
    pub fn spans(&self) -> Vec<SpanData> {
        self.kept().spans.clone()
    }

    /// Forgets all spans delivered so far.
    pub fn clear(&self) {
        self.kept().spans.clear();
    }

    /// An attribute of the latest span of a name; none if there is no such span, or the span has none of that key.
    #[must_use]
    pub fn value(&self, span: &str, key: &str) -> Option<Value> {
        let kept = self.kept();
        let span = kept.spans.iter().rfind(|kept| kept.name == span)?;
        let attribute = span.attributes.iter().find(|attribute| attribute.key.as_str() == key)?;
        Some(attribute.value.clone())
    }

    /// What was said of the service; none until the exporter is in use.
    #[must_use]
    pub fn resource(&self) -> Option<Resource> {
        self.kept().resource.clone()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SpanExporter for Recorder {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.kept().spans.extend(batch);
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.kept().resource = Some(resource.clone());
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::{
        Context,
        trace::{Span, Tracer, TracerProvider},
    };

    use super::*;
    use crate::{Basalt, unobserved};

    #[test]
    fn a_bridge_that_begins_with_a_context_of_its_own_leaves_no_spans_either() {
        let recorder = Recorder::new();
        let basalt = Basalt::builder().exporter(recorder.clone()).build().unwrap();
        let tracer = basalt.tracer_provider().unwrap().tracer("bridge");
        let bridged = move || {
            unobserved::mark();
            tracer.build_with_context(tracer.span_builder("inside"), &Context::new()).end();
        };
        std::thread::spawn(bridged).join().unwrap();
        basalt.start_observe("f", "outside").in_scope(|_| ());
        basalt.shutdown_blocking().unwrap();
        let names: Vec<_> = recorder.spans().iter().map(|span| span.name.to_string()).collect();
        assert_eq!(names, ["outside"]);
    }
}
