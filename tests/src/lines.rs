//! Our own log lines.

use std::sync::{Arc, Mutex};

use tracing::{Event, Level, Subscriber, field::Field};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
};

/// What is said at WARN and ERROR by this process.
#[derive(Debug, Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    /// Listens from here on. Once per process.
    #[must_use]
    pub fn listen() -> Self {
        let lines = Self::default();
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(lines.clone())).unwrap();
        lines
    }

    /// Everything said so far.
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// How many lines have a text in them.
    #[must_use]
    pub fn with(&self, text: &str) -> usize {
        self.all().iter().filter(|line| line.contains(text)).count()
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "basalt" && *event.metadata().level() <= Level::WARN {
            let mut line = String::new();
            event.record(&mut |field: &Field, value: &dyn std::fmt::Debug| {
                line.push_str(&format!("{field}={value:?} "));
            });
            self.0.lock().unwrap().push(line);
        }
    }
}
