//! Steps that run steps inside.

use basalt_tower::{
    EvaluationRate, FeatureSlug, InCurrentObservation, ObserveKind, RootBuilder, SpanName, observe,
    opentelemetry::{
        Context, KeyValue,
        context::FutureExt,
        trace::{
            SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId,
            TraceState, TracerProvider,
        },
    },
    span::Observe,
};
use serde_json::{Value, json};

use super::{
    arguments::{identity, key_values, texts},
    handle::Handle,
    program::{Frame, Leave, Outcome, broken},
};

impl Frame {
    pub(super) async fn start_observe(&self, step: &Value) -> Outcome {
        let root = self.root(step)?;
        let work = |handle| self.inside(handle, step["as"].as_str()).run(step["do"].clone());
        if step["form"] == "async" {
            return root.try_run(|root| work(Handle::Root(root))).await;
        }
        let root = root.start();
        let result = work(Handle::Root(root.clone())).observed(&root).await;
        if let Err(error) = &result {
            root.set_error(error);
        }
        root.end();
        result
    }

    pub(super) async fn observe(&self, step: &Value) -> Outcome {
        let name = SpanName::new(step["name"].as_str().unwrap_or_default().to_owned())?;
        let kind: ObserveKind = step["kind"].as_str().unwrap_or("span").parse()?;
        macro_rules! run {
            ($builder:expr, $wrap:path) => {{
                let mut builder = $builder.evaluators(texts(&step["evaluators"]));
                for (key, value) in step["metadata"].as_object().into_iter().flatten() {
                    builder = builder.metadata(key, value);
                }
                if !step["prompt"].is_null() {
                    builder = builder.prompt(self.program.prompt(&step["prompt"])?);
                }
                let work = |handle| self.inside(handle, step["as"].as_str()).run(step["do"].clone());
                if step["form"] == "async" {
                    builder.try_run(|span| work($wrap(span))).await
                } else {
                    let span = builder.start();
                    let result = work($wrap(span.clone())).observed(&span).await;
                    if let Err(error) = &result {
                        span.set_error(error);
                    }
                    span.end();
                    result
                }
            }};
        }
        match kind {
            ObserveKind::Generation => run!(observe::generation(name), Handle::Generation),
            ObserveKind::Retrieval => run!(observe::retrieval(name), Handle::Retrieval),
            ObserveKind::Function => run!(observe::function(name), Handle::Function),
            ObserveKind::Tool => run!(observe::tool(name), Handle::Tool),
            ObserveKind::Event => run!(observe::event(name), Handle::Event),
            kind => run!(observe::observe(name).kind(kind), Handle::Plain),
        }
    }

    /// A span of some other library.
    pub(super) async fn otel_span(&self, step: &Value) -> Outcome {
        let Some(provider) = self.program.basalt()?.tracer_provider() else {
            return self.clone().run(step["do"].clone()).await;
        };
        let tracer = provider.tracer(step["scope"].as_str().unwrap_or_default().to_owned());
        let kind = match step["kind"].as_str() {
            Some("server") => SpanKind::Server,
            Some("client") => SpanKind::Client,
            Some("producer") => SpanKind::Producer,
            Some("consumer") => SpanKind::Consumer,
            _ => SpanKind::Internal,
        };
        let span = SpanBuilder::from_name(step["name"].as_str().unwrap_or_default().to_owned())
            .with_kind(kind)
            .with_attributes(key_values(&step["attributes"]))
            .start_with_context(&tracer, &self.around(step));
        let context = Context::current_with_span(span);
        let result = self.clone().run(step["do"].clone()).with_context(context.clone()).await;
        if let Err(error) = &result {
            let message = error.to_string();
            let attributes = [("exception.type", "Error"), ("exception.message", message.as_str())]
                .map(|(key, value)| KeyValue::new(key, value.to_owned()));
            context.span().add_event("exception", attributes.to_vec());
            context.span().set_status(Status::error(message));
        }
        context.span().end();
        result
    }

    /// What a span of another library is started in. A detached one knows no more than what headers say.
    fn around(&self, step: &Value) -> Context {
        let current = Context::current();
        if step["detached"] != true {
            return current;
        }
        let span = current.span().span_context().clone();
        let remote = SpanContext::new(
            span.trace_id(),
            span.span_id(),
            span.trace_flags(),
            true,
            span.trace_state().clone(),
        );
        Context::new().with_remote_span_context(remote)
    }

    pub(super) async fn remote_parent(&self, step: &Value) -> Outcome {
        let trace_id = TraceId::from_hex(step["trace_id"].as_str().unwrap_or_default()).map_err(broken)?;
        let span_id = SpanId::from_hex(step["span_id"].as_str().unwrap_or_default()).map_err(broken)?;
        let flags = if step["sampled"] == false { TraceFlags::NOT_SAMPLED } else { TraceFlags::SAMPLED };
        let caller = SpanContext::new(trace_id, span_id, flags, true, TraceState::default());
        let context = Context::current().with_remote_span_context(caller);
        self.clone().run(step["do"].clone()).with_context(context).await
    }

    pub(super) async fn attempt(&self, step: &Value) -> Outcome {
        let result = match self.clone().run(step["do"].clone()).await {
            Err(Leave::Stop(stop)) => return Err(Leave::Stop(stop)),
            Err(Leave::Failed { kind, message, status: None }) => {
                json!({"error": {"kind": kind, "message": message}})
            }
            Err(Leave::Failed { kind, message, status: Some(status) }) => {
                json!({"error": {"kind": kind, "message": message, "status": status}})
            }
            Ok(()) => json!({"ok": true}),
        };
        self.program.save(&step["save"], result);
        Ok(())
    }

    pub(super) async fn concurrent(&self, step: &Value) -> Outcome {
        let branches = step["branches"].as_array().into_iter().flatten();
        let tasks: Vec<_> = branches
            .map(|steps| tokio::spawn(self.clone().run(steps.clone()).in_current_observation()))
            .collect();
        for task in tasks {
            task.await.map_err(broken)??;
        }
        Ok(())
    }

    /// What opens the root of a block or of a function.
    pub(super) fn root(&self, step: &Value) -> Result<RootBuilder, Leave> {
        let slug = FeatureSlug::new(step["feature_slug"].as_str().unwrap_or_default())?;
        let name = SpanName::new(step["name"].as_str().unwrap_or_default().to_owned())?;
        let mut root =
            self.program.basalt()?.start_observe(slug, name).evaluators(texts(&step["evaluators"]));
        if !step["identity"].is_null() {
            root = root.identity(identity(&step["identity"]));
        }
        if !step["experiment"].is_null() {
            root = root.experiment(self.program.experiment(&step["experiment"])?);
        }
        if let Some(rate) = step["evaluate_config"]["sample_rate"].as_f64() {
            root = root.evaluation_rate(EvaluationRate::new(rate)?);
        }
        for (key, value) in step["metadata"].as_object().into_iter().flatten() {
            root = root.metadata(key, value);
        }
        Ok(root)
    }
}
