//! Experiments.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;

use super::{Api, ApiCall, ExperimentError, Operation, ask::Ask, reply::or_default, segment::checked};
use crate::Experiment;

/// Experiments in Basalt: [`Basalt::experiments`](crate::Basalt::experiments).
///
/// ```no_run
/// # async fn compare(basalt: basalt_core::Basalt) -> Result<(), Box<dyn std::error::Error>> {
/// let experiment = basalt.experiments().create("llm-routing", "Model selection").await?;
/// for question in ["why?", "how?"] {
///     let root = basalt.start_observe("llm-routing", "ask").experiment(&experiment);
///     root.run(|root| async move { root.set_input(question) }).await;
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Experiments {
    api: Arc<Api>,
}

impl Experiments {
    pub(crate) fn new(api: &Arc<Api>) -> Self {
        Self { api: Arc::clone(api) }
    }

    /// Creates an experiment for a feature. The answer goes straight into roots, layers and handlers. It is sent once,
    /// and leaves no span.
    ///
    /// # Errors
    ///
    /// [`ExperimentError`] for a blank feature or name, if the API refuses, or if it answers without an id.
    pub fn create(
        &self,
        feature_slug: impl Into<String>,
        name: impl Into<String>,
    ) -> ApiCall<CreateExperiment> {
        let operation = CreateExperiment { feature_slug: feature_slug.into(), name: name.into() };
        ApiCall::new(&self.api, operation)
    }
}

/// Creates an experiment: [`Experiments::create`].
#[derive(Debug)]
pub struct CreateExperiment {
    feature_slug: String,
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    #[serde(default, deserialize_with = "or_default")]
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    feature_slug: String,
    #[serde(default, deserialize_with = "or_default")]
    created_at: String,
}

impl Operation for CreateExperiment {
    type Output = Experiment;
    type Error = ExperimentError;

    async fn run(self, api: Arc<Api>) -> Result<Experiment, ExperimentError> {
        let (slug, name) = (checked("feature slug", &self.feature_slug)?, checked("name", &self.name)?);
        let ask = Ask::post(["monitor", "experiments"], json!({"featureSlug": slug, "name": name}));
        let created: Created = api.ask(ask).await?;
        let experiment =
            Experiment::new(&created.id)?.named(&created.name).for_feature(&created.feature_slug);
        Ok(experiment.with_created_at(&created.created_at))
    }
}
