//! What is said of an open span.

use basalt_tower::{EvaluationRate, Evaluator, Tokens, context::Injection, observe};
use serde_json::Value;

use super::{
    arguments::{fields, id, identity, key_values, texts},
    handle::Handle,
    program::{Frame, Leave, Outcome, Program, broken, lacks},
};

impl Frame {
    pub(super) fn act(&self, step: &Value) -> Outcome {
        let active = Handle::Active(observe::current());
        let operation = step["op"].as_str().unwrap_or_default();
        let handle = match step["on"].as_str() {
            Some(label) => self.labels.get(label).ok_or_else(|| broken(format!("no handle `{label}`")))?,
            None => self.handle.as_ref().unwrap_or(&active),
        };
        let value = &step["value"];
        let text = || id(value).unwrap_or_default();
        let number = || value.as_f64().unwrap_or_default();
        let count = || value.as_u64().unwrap_or_default();
        match (operation, handle) {
            ("set_input", handle) => handle.set_input(value),
            ("set_output", handle) => handle.set_output(value),
            ("set_metadata", handle) => handle.set_metadata(&step["metadata"]),
            ("set_identity", Handle::Root(root)) => root.set_identity(identity(&step["identity"])),
            ("set_identity", handle) => handle.set_identity(identity(&step["identity"])),
            ("set_experiment", Handle::Root(root)) => {
                root.set_experiment(self.program.experiment(&step["experiment"])?);
            }
            ("set_attribute", handle) => {
                handle.set_attribute(step["key"].as_str().unwrap_or_default().to_owned(), value);
            }
            ("set_attributes", handle) => {
                for (key, value) in step["attributes"].as_object().into_iter().flatten() {
                    handle.set_attribute(key.clone(), value);
                }
            }
            ("add_evaluator", handle) => handle.add_evaluators([Evaluator::new(text())?.slug()]),
            ("add_evaluators", handle) => handle.add_evaluators(texts(&step["slugs"])),
            ("add_event", handle) => {
                handle.add_event(
                    step["name"].as_str().unwrap_or_default().to_owned(),
                    key_values(&step["attributes"]),
                );
            }
            ("set_model", handle) => handle.set_model(text()),
            ("set_response_model", handle) => handle.set_response_model(text()),
            ("set_operation_name", handle) => handle.set_operation(text()),
            ("set_provider", handle) => handle.set_provider(text()),
            ("set_response_id", handle) => handle.set_response_id(text()),
            ("set_finish_reasons", handle) => handle.set_finish_reasons(texts(value)),
            ("set_temperature", handle) => handle.set_temperature(number()),
            ("set_top_p", handle) => handle.set_top_p(number()),
            ("set_top_k", Handle::Retrieval(span)) => span.set_top_k(count()),
            ("set_top_k", handle) => handle.set_top_k(number()),
            ("set_max_tokens", handle) => handle.set_max_tokens(count()),
            ("set_latency", handle) => handle.set_latency(number()),
            ("set_tokens", handle) => {
                handle.set_tokens(Tokens { input: step["input"].as_u64(), output: step["output"].as_u64() });
            }
            ("set_prompt", Handle::Generation(span)) if step["text"].is_string() => {
                span.set_prompt(step["text"].as_str().unwrap_or_default());
            }
            ("set_completion", Handle::Generation(span)) => span.set_completion(text()),
            ("set_query", Handle::Retrieval(span)) => span.set_query(text()),
            ("set_results_count", Handle::Retrieval(span)) => {
                span.set_results_count(usize::try_from(count()).unwrap_or_default());
            }
            ("set_prompt", Handle::Generation(span)) => {
                span.set_prompt_ref(self.program.prompt(&step["prompt"])?);
                span.set_prompt(self.program.prompt_text(&step["prompt"]));
            }
            ("set_io", handle) => {
                handle.set_input(&step["input"]);
                handle.set_output(&step["output"]);
                handle.set_variables(&step["variables"]);
            }
            ("set_evaluation_config", Handle::Root(root)) => {
                let rate = step["config"]["sample_rate"].as_f64().unwrap_or_default();
                root.set_evaluation_rate(EvaluationRate::new(rate)?);
            }
            ("set_function_name", Handle::Function(span)) => span.set_function_name(text()),
            ("set_stage", Handle::Function(span)) => span.set_stage(text()),
            ("add_metric", Handle::Function(span)) => {
                span.add_metric(step["key"].as_str().unwrap_or_default(), value);
            }
            ("set_tool_name", Handle::Tool(span)) => span.set_tool_name(text()),
            ("set_event_type", Handle::Event(span)) => span.set_event_type(text()),
            ("set_payload", Handle::Event(span)) => span.set_payload(value),
            ("identify", _) => observe::identify(fields(step)),
            ("trace_set_input", _) => observe::trace().set_input(value),
            ("trace_set_output", _) => observe::trace().set_output(value),
            ("trace_set_metadata", _) => observe::trace().set_metadata(&step["metadata"]),
            ("inject", _) => observe::inject(injection(&self.program, step)?),
            _ => return Err(lacks(operation)),
        }
        Ok(())
    }
}

fn injection(program: &Program, step: &Value) -> Result<Injection, Leave> {
    let mut injection =
        Injection::new().input(&step["input"]).output(&step["output"]).variables(&step["variables"]);
    for (key, value) in step["metadata"].as_object().into_iter().flatten() {
        injection = injection.metadata(key, value);
    }
    if !step["prompt"].is_null() {
        injection = injection.prompt(program.prompt(&step["prompt"])?);
    }
    Ok(injection)
}
