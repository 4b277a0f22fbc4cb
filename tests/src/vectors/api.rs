//! Calls of the Basalt API, and the server that answers them.

use std::time::Duration;

use basalt_tower::{
    Experiment,
    client::{ApiCall, ApiError, DatasetError, ExperimentError, Operation, Prompt, PromptError},
};
use serde_json::{Map, Value, json};

use super::program::{Frame, Leave, Outcome};
use crate::api_server::{ApiServer, Asked, Reply};

/// Starts what the client's routes describe.
pub(super) fn server(routes: &Value) -> ApiServer {
    let server = ApiServer::start();
    for route in routes.as_array().into_iter().flatten() {
        let replies = route["responses"].as_array().into_iter().flatten().map(reply);
        let text = |key: &str| route[key].as_str().unwrap_or_default();
        server.route(text("method"), text("path"), replies);
    }
    server
}

fn reply(response: &Value) -> Reply {
    if response["drop"] == true {
        return Reply::dropped();
    }
    let status = response["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(200);
    let reply = match response["text"].as_str() {
        Some(text) => Reply::text(status, text.to_owned()),
        None => Reply::json(status, &response["json"]),
    };
    reply.after(Duration::from_secs_f64(response["delay_s"].as_f64().unwrap_or_default()))
}

/// A request, as vectors record it.
pub(super) fn recorded(asked: &Asked) -> Value {
    let headers = asked.headers.iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), json!({"value": value.to_str().unwrap_or_default()})));
    json!({
        "method": asked.method,
        "path": asked.path,
        "headers": headers.collect::<Map<_, _>>(),
        "body": serde_json::from_slice::<Value>(&asked.body).unwrap_or(Value::Null),
    })
}

/// As the step asks for it: awaited, or on this thread.
async fn answered<O: Operation>(step: &Value, call: ApiCall<O>) -> Result<O::Output, O::Error> {
    if step["form"] == "async" { call.await } else { call.blocking() }
}

/// Tells a call what the step gives.
macro_rules! told {
    ($call:expr, $step:expr; $($key:literal => $setter:ident),+) => {{
        let mut call = $call;
        $(if let Some(text) = $step[$key].as_str() {
            call = call.$setter(text);
        })+
        call
    }};
}

impl Frame {
    pub(super) async fn ask(&self, step: &Value) -> Outcome {
        let basalt = self.program.basalt()?;
        let text = |key: &str| step[key].as_str().unwrap_or_default();
        let result = match text("op") {
            "get_prompt" => {
                let call =
                    told!(basalt.prompts().get(text("slug")), step; "version" => version, "tag" => tag);
                let call = call.variables(&step["variables"]).cache(step["cache_enabled"] != false);
                let prompt = answered(step, call).await?;
                let result = told_of(&prompt);
                self.program.keep(&step["save"], |saved, label| saved.prompts.insert(label, prompt));
                result
            }
            "describe_prompt" => {
                let call =
                    told!(basalt.prompts().describe(text("slug")), step; "version" => version, "tag" => tag);
                let described = answered(step, call).await?.summary;
                json!({
                    "slug": described.slug, "status": described.status, "name": described.name,
                    "available_versions": described.available_versions, "available_tags": described.available_tags,
                })
            }
            "list_prompts" => {
                let call = told!(basalt.prompts().list(), step; "feature_slug" => feature_slug);
                answered(step, call).await?.into_iter().map(|prompt| prompt.slug).collect()
            }
            "publish_prompt" => {
                let call = basalt.prompts().publish(text("slug"), text("new_tag"));
                let tag = answered(step, told!(call, step; "version" => version, "tag" => tag)).await?;
                json!({"id": tag.id, "label": tag.label})
            }
            "create_experiment" => {
                let call = basalt.experiments().create(text("feature_slug"), text("name"));
                let experiment = answered(step, call).await?;
                let result = shown(&experiment);
                self.program.keep(&step["save"], |saved, label| saved.experiments.insert(label, experiment));
                result
            }
            "list_datasets" => answered(step, basalt.datasets().list())
                .await?
                .into_iter()
                .map(|dataset| dataset.slug)
                .collect(),
            "get_dataset" => {
                let dataset = answered(step, basalt.datasets().get(text("slug"))).await?.summary;
                json!({"slug": dataset.slug, "name": dataset.name})
            }
            _ => self.add_row(step).await?,
        };
        self.program.save(&step["save"], result);
        Ok(())
    }

    async fn add_row(&self, step: &Value) -> Result<Value, Leave> {
        let datasets = self.program.basalt()?.datasets();
        let mut call = datasets.add_row(step["slug"].as_str().unwrap_or_default());
        for (column, value) in step["values"].as_object().into_iter().flatten() {
            call = call.value(column, value.as_str().unwrap_or_default());
        }
        for (key, value) in step["metadata"].as_object().into_iter().flatten() {
            call = call.metadata(key, value);
        }
        let row = answered(step, told!(call, step; "name" => name, "ideal_output" => ideal_output)).await?;
        Ok(json!({
            "values": row.values, "name": row.name, "ideal_output": row.ideal_output, "metadata": row.metadata,
        }))
    }
}

fn told_of(prompt: &Prompt) -> Value {
    let model = prompt.model();
    json!({
        "slug": prompt.slug(), "version": prompt.version(), "tag": prompt.tag(),
        "text": prompt.text(), "system_text": prompt.system_text(),
        "model": {"provider": model.provider, "model": model.model, "version": model.version},
        "from_cache": prompt.from_cache(),
    })
}

fn shown(experiment: &Experiment) -> Value {
    json!({
        "id": experiment.id(), "name": experiment.name().unwrap_or_default(),
        "feature_slug": experiment.feature_slug().unwrap_or_default(),
        "created_at": experiment.created_at().unwrap_or_default(),
    })
}

/// What vectors call the errors of all families.
macro_rules! leaves {
    ($($family:ty: $($request:pat => $error:ident),+;)+) => {$(
        impl From<$family> for Leave {
            fn from(error: $family) -> Self {
                let kind = match &error {
                    $($request => kind($error),)+
                    _ => "invalid_argument",
                };
                Self::Failed { kind, message: error.message().into_owned(), status: error.status() }
            }
        }
    )+};
}

leaves! {
    PromptError: PromptError::Api(request) => request;
    DatasetError: DatasetError::Api(request) => request;
    ExperimentError: ExperimentError::Api(request) => request;
}

fn kind(error: &ApiError) -> &'static str {
    match error {
        ApiError::Refused { status: 400, .. } => "bad_request",
        ApiError::Refused { status: 401, .. } => "unauthorized",
        ApiError::Refused { status: 403, .. } => "forbidden",
        ApiError::Refused { status: 404, .. } => "not_found",
        ApiError::Refused { .. } | ApiError::Unreachable { .. } => "network",
        ApiError::Unusable { reason, .. } if reason.starts_with("Invalid JSON response") => "network",
        _ => "api",
    }
}
