//! A function wrapped for tracing, as `#[observe]` and `#[start_observe]` wrap one.

use std::{future::Future, pin::Pin, sync::Arc};

use basalt_tower::{Identity, ObserveKind, SpanName, call::Call, observe, with_evaluators};
use serde_json::{Map, Value, json};

use super::{
    arguments::{identity, texts},
    program::{Frame, Leave, Outcome, lacks},
};

type Returned = Result<Value, Leave>;

impl Frame {
    pub(super) async fn call(&self, step: &Value) -> Outcome {
        let function = Function { step: Arc::new(step.clone()), frame: self.clone(), wrapped: 0 };
        let value = function.run().await?;
        self.program.save(&step["save"], json!({"returned": value}));
        Ok(())
    }
}

/// A function, and how many of its wrappers have been passed.
#[derive(Debug, Clone)]
struct Function {
    step: Arc<Value>,
    frame: Frame,
    wrapped: usize,
}

impl Function {
    fn run(self) -> Pin<Box<dyn Future<Output = Returned> + Send>> {
        Box::pin(async move {
            let step = Arc::clone(&self.step);
            let wrapper = &step["wrap"][self.wrapped];
            let inner = Self { wrapped: self.wrapped + 1, ..self };
            match wrapper["with"].as_str() {
                None => inner.body().await,
                Some("evaluate") => with_evaluators(texts(&wrapper["slugs"]), inner.run()).await,
                Some("start_observe") => {
                    let mut root = inner.frame.root(wrapper)?;
                    if let Some(named) = wrapper["identity"].get("from_args") {
                        root = root.identity(inner.identity(named));
                    }
                    inner.within(&Call::root(root)).await
                }
                Some("observe") => {
                    let call = inner.observe(wrapper)?;
                    let result = inner.within(&call).await;
                    if let Ok(value) = &result {
                        call.returned(value);
                        if let Some(field) = wrapper["output"]["field"].as_str() {
                            call.output(&value[field]);
                        }
                    }
                    result
                }
                Some(other) => Err(lacks(format!("a function wrapped with {other}"))),
            }
        })
    }

    /// Opens the step of a wrapper.
    fn observe(&self, wrapper: &Value) -> Result<Call, Leave> {
        let name = SpanName::new(wrapper["name"].as_str().unwrap_or_default().to_owned())?;
        let kind: ObserveKind = wrapper["kind"].as_str().unwrap_or("span").parse()?;
        let mut step = observe::observe(name).kind(kind).evaluators(texts(&wrapper["evaluators"]));
        for (key, value) in wrapper["metadata"].as_object().into_iter().flatten() {
            step = step.metadata(key, value);
        }
        if !wrapper["prompt"].is_null() {
            step = step.prompt(self.frame.program.prompt(&wrapper["prompt"])?);
        }
        let arguments = self.arguments();
        let call = Call::step(step);
        call.arguments(|captured| {
            arguments.iter().for_each(|(name, value)| captured.add(name, value));
        });
        if let Some(name) = wrapper["input"]["arg"].as_str() {
            call.input(&arguments[name]);
        }
        if wrapper["input"]["args"].is_array() {
            call.input(self.some(&wrapper["input"]["args"]));
        }
        if let Some(text) = wrapper["prompt"]["text"].as_str() {
            call.input(text);
        }
        if wrapper["variables"]["args"].is_array() {
            call.variables(self.some(&wrapper["variables"]["args"]));
        }
        Ok(call)
    }

    /// Runs the rest inside the span of a call, and says if it has failed.
    async fn within(self, call: &Call) -> Returned {
        let result = if self.step["async"] == true {
            call.observe(self.run()).await
        } else {
            let runtime = tokio::runtime::Handle::current();
            tokio::task::block_in_place(|| call.in_scope(|| runtime.block_on(self.run())))
        };
        if let Err(error) = &result {
            call.failed(error);
        }
        result
    }

    async fn body(self) -> Returned {
        let frame = Frame { handle: None, ..self.frame };
        frame.run(self.step["do"].clone()).await?;
        match self.step["raises"]["message"].as_str() {
            Some(message) => Err(Leave::failed("application", message)),
            None => Ok(self.step["returns"].clone()),
        }
    }

    /// Arguments and defaults, by name.
    fn arguments(&self) -> Map<String, Value> {
        let mut arguments = self.step["defaults"].as_object().cloned().unwrap_or_default();
        arguments.extend(self.step["args"].as_object().cloned().unwrap_or_default());
        arguments
    }

    fn some(&self, names: &Value) -> Map<String, Value> {
        let arguments = self.arguments();
        let named = texts(names).into_iter();
        named.filter_map(|name| Some((name.clone(), arguments.get(&name)?.clone()))).collect()
    }

    /// An identity whose parts are arguments.
    fn identity(&self, named: &Value) -> Identity {
        let arguments = self.arguments();
        let parts = named.as_object().into_iter().flatten();
        let values = parts.filter_map(|(part, name)| {
            let value = arguments.get(name.as_str()?)?;
            let value = if value.is_object() { value.clone() } else { json!({ "id": value }) };
            Some((part.clone(), value))
        });
        identity(&Value::Object(values.collect()))
    }
}
