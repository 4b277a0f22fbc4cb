//! The interpreter: steps in, spans out.

use std::{
    collections::HashMap,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use basalt_tower::{
    Basalt, InCurrentObservation, InvalidValue, context::carry, testing::Recorder, with_evaluators,
    with_prompt,
};
use serde_json::{Map, Value};
use tokio::sync::watch;

use super::{
    arguments::{prompt, texts},
    handle::Handle,
};

/// Why a block was left early.
#[derive(Debug, Clone)]
pub(super) enum Leave {
    /// An error that the program can swallow.
    Failed {
        kind: &'static str,
        message: String,
    },
    Stop(Stop),
}

/// Why a replay ended without an outcome.
#[derive(Debug, Clone)]
pub(super) enum Stop {
    /// An operation that the runner lacks.
    Lacks(String),
    /// Something that should not happen.
    Broken(String),
}

impl fmt::Display for Leave {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { message, .. } => f.write_str(message),
            Self::Stop(stop) => write!(f, "{stop:?}"),
        }
    }
}

impl From<InvalidValue> for Leave {
    fn from(invalid: InvalidValue) -> Self {
        Self::Failed { kind: "invalid_argument", message: invalid.to_string() }
    }
}

pub(super) fn lacks(operation: impl Into<String>) -> Leave {
    Leave::Stop(Stop::Lacks(operation.into()))
}

pub(super) fn broken(reason: impl fmt::Display) -> Leave {
    Leave::Stop(Stop::Broken(reason.to_string()))
}

pub(super) type Outcome = Result<(), Leave>;

/// What all branches of a program share.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) basalt: Mutex<Option<Basalt>>,
    /// One per exporter of the client.
    pub(super) recorders: Mutex<Vec<Recorder>>,
    pub(super) results: Mutex<Map<String, Value>>,
    signals: Mutex<HashMap<String, watch::Sender<bool>>>,
}

/// Where a step runs.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) program: Arc<Program>,
    /// The innermost open span.
    pub(super) handle: Option<Handle>,
    pub(super) labels: HashMap<String, Handle>,
}

impl Program {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            basalt: Mutex::default(),
            recorders: Mutex::default(),
            results: Mutex::default(),
            signals: Mutex::default(),
        })
    }

    pub(super) fn basalt(&self) -> Result<Basalt, Leave> {
        self.basalt.lock().unwrap().clone().ok_or_else(|| broken("no client yet"))
    }

    fn signal(&self, event: &str) -> watch::Sender<bool> {
        let mut signals = self.signals.lock().unwrap();
        signals.entry(event.to_owned()).or_insert_with(|| watch::channel(false).0).clone()
    }

    pub(super) fn save(&self, label: &Value, result: Value) {
        if let Some(label) = label.as_str() {
            self.results.lock().unwrap().insert(label.to_owned(), result);
        }
    }
}

impl Frame {
    pub(super) fn new(program: &Arc<Program>) -> Self {
        Self { program: Arc::clone(program), handle: None, labels: HashMap::new() }
    }

    /// The same place, inside another span.
    pub(super) fn inside(&self, handle: Handle, label: Option<&str>) -> Self {
        let mut frame = self.clone();
        if let Some(label) = label {
            frame.labels.insert(label.to_owned(), handle.clone());
        }
        frame.handle = Some(handle);
        frame
    }

    /// Runs steps in order until one fails.
    pub(super) fn run(self, steps: Value) -> Pin<Box<dyn Future<Output = Outcome> + Send>> {
        Box::pin(async move {
            for step in steps.as_array().into_iter().flatten() {
                self.step(step).await?;
            }
            Ok(())
        })
    }

    async fn step(&self, step: &Value) -> Outcome {
        let text = |key: &str| step[key].as_str().unwrap_or_default().to_owned();
        match text("op").as_str() {
            "client" => super::wire::client(&self.program, step),
            "flush" => self.program.basalt()?.flush(Duration::from_secs(10)).await.map_err(broken),
            "shutdown" => self.program.basalt()?.shutdown().await.map_err(broken),
            "sleep" => {
                tokio::time::sleep(Duration::from_secs_f64(step["seconds"].as_f64().unwrap_or_default()))
                    .await;
                Ok(())
            }
            "start_observe" => self.start_observe(step).await,
            "observe" => self.observe(step).await,
            "otel_span" => self.otel_span(step).await,
            "remote_parent" => self.remote_parent(step).await,
            "attempt" => self.attempt(step).await,
            "concurrent" => self.concurrent(step).await,
            "spawn" => {
                let work = self.clone().run(step["do"].clone()).in_current_observation();
                tokio::spawn(work).await.map_err(broken)?
            }
            "spawn_blocking" => {
                let (frame, steps) = (self.clone(), step["do"].clone());
                let runtime = tokio::runtime::Handle::current();
                let work = carry(move || runtime.block_on(frame.run(steps)));
                tokio::task::spawn_blocking(work).await.map_err(broken)?
            }
            "signal" => {
                self.program.signal(&text("event")).send_replace(true);
                Ok(())
            }
            "wait" => {
                let mut signal = self.program.signal(&text("for")).subscribe();
                let heard = tokio::time::timeout(Duration::from_secs(20), signal.wait_for(|set| *set)).await;
                heard.map_err(broken)?.map_err(broken)?;
                Ok(())
            }
            "raise" => {
                let message = step["error"]["message"].as_str().unwrap_or_default().to_owned();
                Err(Leave::Failed { kind: "application", message })
            }
            "with_evaluators" => {
                with_evaluators(texts(&step["evaluators"]), self.clone().run(step["do"].clone())).await
            }
            "with_prompt" => {
                let prompt = prompt(&step["prompt"]).ok_or_else(|| lacks("with_prompt"))?;
                with_prompt(&prompt, self.clone().run(step["do"].clone())).await
            }
            "call" => self.call(step).await,
            _ => self.act(step),
        }
    }
}
