//! Programs without a web server.

use std::{sync::Arc, time::Duration};

use basalt_tower::{Basalt, Builder, testing::Recorder};
use serde_json::{Value, json};

use super::{
    api::{self, recorded},
    observed,
    program::{Frame, Leave, Outcome, Program, Stop, lacks},
};
use crate::api_server::ApiServer;

/// Runs the program and gathers what came out.
pub(super) async fn replay(vector: &Value) -> Result<Value, Stop> {
    let program = Program::new();
    match Frame::new(&program).run(vector["program"].clone()).await {
        Ok(()) => {}
        Err(Leave::Stop(stop)) => return Err(stop),
        Err(error) => return Err(Stop::Broken(format!("the program ended with an error: {error}"))),
    }
    let Ok(basalt) = program.basalt() else { return Err(Stop::Broken("no client".to_owned())) };
    basalt.shutdown().await.map_err(|error| Stop::Broken(error.to_string()))?;

    let api = program.api.lock().unwrap().take();
    let recorders = std::mem::take(&mut *program.recorders.lock().unwrap());
    let first = recorders.first().map(Recorder::spans).unwrap_or_default();
    let resource = recorders.first().and_then(Recorder::resource);
    let names =
        |recorder: &Recorder| recorder.spans().iter().map(|span| span.name.to_string()).collect::<Vec<_>>();
    Ok(json!({
        "spans": observed::spans(&first),
        "resource": resource.as_ref().map_or(json!({}), observed::resource),
        "http": api.iter().flat_map(super::super::api_server::ApiServer::asked).map(|asked| recorded(&asked)).collect::<Vec<_>>(),
        "base_url": api.as_ref().map(ApiServer::url),
        "results": Value::Object(program.results.lock().unwrap().clone()),
        "exporters": recorders.iter().map(names).collect::<Vec<_>>(),
    }))
}

/// The `client` step. A second one makes a second client, with recorders of its own.
pub(super) fn client(program: &Arc<Program>, step: &Value) -> Outcome {
    if step.get("existing_provider").is_some() {
        return Err(lacks("client with an existing provider"));
    }
    let exporters = step["exporters"].as_u64().unwrap_or(1);
    let recorders: Vec<_> = (0..exporters).map(|_| Recorder::new()).collect();
    let mut builder = configured(&step["telemetry"])?.api_key(step["api_key"].as_str().unwrap_or("test-key"));
    for recorder in &recorders {
        builder = builder.exporter(recorder.clone());
    }
    for (key, value) in step["observability_metadata"].as_object().into_iter().flatten() {
        builder = builder.global_metadata(key, value);
    }
    if step.get("routes").is_some() {
        let server = api::server(&step["routes"]);
        builder = builder.api_url(server.url());
        *program.api.lock().unwrap() = Some(server);
    }
    if let Some(seconds) = step["http_timeout_s"].as_f64() {
        builder = builder.api_timeout(Duration::from_secs_f64(seconds));
    }
    if step["enable_telemetry"] == false {
        builder = builder.enabled(false);
    }
    let basalt = builder.build().map_err(|error| Leave::failed("invalid_argument", error))?;
    *program.basalt.lock().unwrap() = Some(basalt);
    program.recorders.lock().unwrap().extend(recorders);
    Ok(())
}

/// The options that vectors call telemetry.
pub(super) fn configured(telemetry: &Value) -> Result<Builder, Leave> {
    let mut builder = Basalt::builder();
    for (option, value) in telemetry.as_object().into_iter().flatten() {
        let text = || value.as_str().unwrap_or_default();
        builder = match option.as_str() {
            "service_name" => builder.service_name(text()),
            "service_version" => builder.service_version(text()),
            "environment" => builder.environment(text()),
            "trace_content" => builder.trace_content(value.as_bool().unwrap_or(true)),
            "sample_rate" => builder.evaluation_rate(value.as_f64().unwrap_or_default()),
            "max_payload_bytes" => builder
                .max_payload_bytes(usize::try_from(value.as_u64().unwrap_or_default()).unwrap_or_default()),
            "extra_resource_attributes" => {
                let pairs = value.as_object().into_iter().flatten();
                pairs.fold(builder, |builder, (key, value)| builder.resource_attribute(key, value))
            }
            "enable_instrumentation" => builder,
            other => return Err(lacks(format!("the telemetry option {other}"))),
        };
    }
    Ok(builder)
}
