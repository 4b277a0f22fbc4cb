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
    Basalt, Experiment, InCurrentObservation, InvalidValue, PromptRef, client::Prompt, context::carry,
    testing::Recorder, with_evaluators, with_prompt,
};
use serde_json::{Map, Value};
use tokio::sync::watch;

use super::{
    arguments::{experiment, prompt, texts},
    handle::Handle,
};
use crate::api_server::ApiServer;

/// Why a block was left early.
#[derive(Debug, Clone)]
pub(super) enum Leave {
    /// An error that the program can swallow.
    Failed {
        kind: &'static str,
        message: String,
        /// Of the answer that was one.
        status: Option<u16>,
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

impl Leave {
    pub(super) fn failed(kind: &'static str, error: impl fmt::Display) -> Self {
        Self::Failed { kind, message: error.to_string(), status: None }
    }
}

impl From<InvalidValue> for Leave {
    fn from(invalid: InvalidValue) -> Self {
        Self::failed("invalid_argument", invalid)
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
    pub(super) saved: Mutex<Saved>,
    /// The API, where the client has routes.
    pub(super) api: Mutex<Option<ApiServer>>,
    signals: Mutex<HashMap<String, watch::Sender<bool>>>,
}

/// What the API has answered, by label.
#[derive(Debug, Default)]
pub(super) struct Saved {
    pub(super) prompts: HashMap<String, Prompt>,
    pub(super) experiments: HashMap<String, Experiment>,
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
            saved: Mutex::default(),
            api: Mutex::default(),
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

    pub(super) fn keep<T>(&self, label: &Value, keep: impl FnOnce(&mut Saved, String) -> T) {
        if let Some(label) = label.as_str() {
            keep(&mut self.saved.lock().unwrap(), label.to_owned());
        }
    }

    /// One that was fetched, or one given by value.
    pub(super) fn prompt(&self, value: &Value) -> Result<PromptRef, Leave> {
        let Some(label) = value["saved"].as_str() else { return Ok(prompt(value)) };
        let saved = self.saved.lock().unwrap();
        let prompt = saved.prompts.get(label).ok_or_else(|| broken(format!("no prompt `{label}`")))?;
        Ok(prompt.as_ref().clone())
    }

    /// Its text.
    pub(super) fn prompt_text(&self, value: &Value) -> String {
        let text = value["text"].as_str().unwrap_or_default().to_owned();
        let saved = self.saved.lock().unwrap();
        let saved = value["saved"].as_str().and_then(|label| saved.prompts.get(label));
        saved.map_or(text, |prompt| prompt.text().to_owned())
    }

    /// One that was created, or one given by value.
    pub(super) fn experiment(&self, value: &Value) -> Result<Experiment, Leave> {
        let Some(label) = value["saved"].as_str() else { return Ok(experiment(value)?) };
        let saved = self.saved.lock().unwrap();
        saved.experiments.get(label).cloned().ok_or_else(|| broken(format!("no experiment `{label}`")))
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
                Err(Leave::failed("application", step["error"]["message"].as_str().unwrap_or_default()))
            }
            "with_evaluators" => {
                with_evaluators(texts(&step["evaluators"]), self.clone().run(step["do"].clone())).await
            }
            "with_prompt" => {
                with_prompt(self.program.prompt(&step["prompt"])?, self.clone().run(step["do"].clone())).await
            }
            "call" => self.call(step).await,
            "get_prompt" | "describe_prompt" | "list_prompts" | "publish_prompt" | "create_experiment"
            | "list_datasets" | "get_dataset" | "add_dataset_row" => self.ask(step).await,
            _ => self.act(step),
        }
    }
}
