//! The axum router of an HTTP vector.

use std::{io, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::Request,
    middleware::{self, Next},
    response::Response,
    routing::{MethodFilter, MethodRouter, on},
};
use basalt_tower::{
    Basalt, BasaltLayer, EvaluationRate, HeaderIdentity, Identify, Identity, Inbound, RequestSpan, observe,
};
use bytes::Bytes;
use futures_util::Stream;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::Value;
use tokio::sync::Notify;

use super::{
    arguments::texts,
    handle::Handle,
    program::{Frame, Leave, Program, lacks},
};

/// Told whenever a handler has begun to stall.
pub(super) static STALLED: Notify = Notify::const_new();

/// The routes with the layer around them, and the auth middleware around that.
pub(super) fn router(vector: &Value, program: &Arc<Program>) -> Result<Router, Leave> {
    let mut router = Router::new();
    for spec in vector["routes"].as_array().into_iter().flatten() {
        let path = spec["path"].as_str().unwrap_or_default();
        router = router.route(path, route(spec, program)?);
    }
    let router = router.layer(layer(&vector["layer"], &program.basalt()?)?);
    Ok(if vector["layer"]["auth"] == true { router.layer(middleware::from_fn(auth)) } else { router })
}

fn layer(options: &Value, basalt: &Basalt) -> Result<BasaltLayer, Leave> {
    let mut layer = BasaltLayer::new(basalt, options["feature_slug"].as_str().unwrap_or_default());
    for (option, value) in options.as_object().into_iter().flatten() {
        let text = || value.as_str().unwrap_or_default();
        layer = match option.as_str() {
            "feature_slug" | "auth" => layer,
            "identity" => value.as_array().into_iter().flatten().fold(layer, identity_source),
            "experiment_header" => layer.experiment_header(text()),
            "session_header" => layer.session_header(text()),
            "conversation_header" => layer.conversation_header(text()),
            "response_trace_header" => layer.trace_id_header(text()),
            "evaluators" => layer.evaluators(texts(value)),
            "evaluate_config" => match value["sample_rate"].as_f64() {
                Some(rate) => layer.evaluation_rate(EvaluationRate::new(rate)?),
                None => layer,
            },
            "metadata" => {
                let pairs = value.as_object().into_iter().flatten();
                pairs.fold(layer, |layer, (key, value)| layer.metadata(key, value))
            }
            "exclude" => layer.exclude(texts(value)),
            "inbound" => layer.inbound(match text() {
                "continue" => Inbound::Continue,
                "restart" => Inbound::Restart,
                other => return Err(lacks(format!("inbound {other}"))),
            }),
            other => return Err(lacks(format!("the layer option {other}"))),
        };
    }
    Ok(layer)
}

fn identity_source(layer: BasaltLayer, source: &Value) -> BasaltLayer {
    if source == "verified" {
        return layer.identity_from_extension::<Verified>();
    }
    let mut headers = HeaderIdentity::none();
    for (part, name) in source["headers"].as_object().into_iter().flatten() {
        let name = name.as_str().unwrap_or_default();
        headers = match part.as_str() {
            "user_id" => headers.user_id(name),
            "user_name" => headers.user_name(name),
            "organization_id" => headers.organization_id(name),
            _ => headers.organization_name(name),
        };
    }
    layer.identity_from_headers(headers)
}

/// What the test's auth middleware vouches for.
#[derive(Debug, Clone)]
struct Verified(Identity);

impl Identify for Verified {
    fn identity(&self) -> Identity {
        self.0.clone()
    }
}

/// Reads `x-test-auth: user[/organization]`.
async fn auth(mut request: Request, next: Next) -> Response {
    let claim = request.headers().get("x-test-auth").and_then(|value| value.to_str().ok());
    if let Some(claim) = claim {
        let identity = match claim.split_once('/') {
            Some((user, organization)) => Identity::user(user).organization(organization),
            None => Identity::user(claim),
        };
        request.extensions_mut().insert(Verified(identity));
    }
    next.run(request).await
}

fn route(spec: &Value, program: &Arc<Program>) -> Result<MethodRouter, Leave> {
    for missing in ["slug", "extractor", "echo"] {
        if spec.get(missing).is_some() || spec["respond"].get(missing).is_some() {
            return Err(lacks(format!("a route with {missing}")));
        }
    }
    let method = match spec["method"].as_str().unwrap_or_default() {
        "GET" => MethodFilter::GET,
        "POST" => MethodFilter::POST,
        "PUT" => MethodFilter::PUT,
        "PATCH" => MethodFilter::PATCH,
        "DELETE" => MethodFilter::DELETE,
        "HEAD" => MethodFilter::HEAD,
        "OPTIONS" => MethodFilter::OPTIONS,
        "TRACE" => MethodFilter::TRACE,
        other => return Err(lacks(format!("a route for {other}"))),
    };
    let (spec, program) = (Arc::new(spec.clone()), Arc::clone(program));
    Ok(on(method, move |request: RequestSpan| handle(Arc::clone(&spec), Arc::clone(&program), request)))
}

async fn handle(spec: Arc<Value>, program: Arc<Program>, request: RequestSpan) -> Response {
    let frame = Frame::new(&program).inside(Handle::Root((*request).clone()), Some("request"));
    if let Err(error) = frame.clone().run(spec["do"].clone()).await {
        panic!("the handler's steps failed: {error}");
    }
    let respond = &spec["respond"];
    if let Some(message) = respond["panic"].as_str() {
        panic!("{message}");
    }
    if let Some(stall) = respond["stall"].as_u64() {
        STALLED.notify_one();
        tokio::time::sleep(Duration::from_millis(stall)).await;
    }
    let mut response = Response::new(match respond["chunks"].as_array() {
        Some(chunks) => Body::from_stream(stream(chunks.clone(), frame)),
        None => Body::from(respond["body"].as_str().unwrap_or_default().to_owned()),
    });
    let status = respond["status"].as_u64().and_then(|status| u16::try_from(status).ok());
    *response.status_mut() = status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or_default();
    for pair in respond["headers"].as_array().into_iter().flatten() {
        let name = HeaderName::try_from(pair[0].as_str().unwrap_or_default()).unwrap();
        response
            .headers_mut()
            .append(name, HeaderValue::try_from(pair[1].as_str().unwrap_or_default()).unwrap());
    }
    response
}

/// A chunk is a text, an error, or steps and a text; a span that a chunk opens stays open for the rest.
fn stream(chunks: Vec<Value>, frame: Frame) -> impl Stream<Item = Result<Bytes, io::Error>> + Send {
    let chunks = chunks.into_iter();
    futures_util::stream::unfold((chunks, frame, Vec::new()), |(mut chunks, frame, mut open)| async move {
        let chunk = chunks.next()?;
        if let Some(text) = chunk.as_str() {
            return Some((Ok(Bytes::from(text.to_owned())), (chunks, frame, open)));
        }
        if let Some(gap) = chunk["gap_ms"].as_u64() {
            tokio::time::sleep(Duration::from_millis(gap)).await;
        }
        if let Some(message) = chunk["error"].as_str() {
            return Some((Err(io::Error::other(message.to_owned())), (chunks, frame, open)));
        }
        if let Err(error) = frame.clone().run(chunk["do"].clone()).await {
            panic!("a chunk's steps failed: {error}");
        }
        if let Some(step) = chunk.get("open") {
            open.push(opened(step));
        }
        let text = chunk["text"].as_str().unwrap_or_default().to_owned();
        Some((Ok(Bytes::from(text)), (chunks, frame, open)))
    })
}

fn opened(step: &Value) -> basalt_tower::Span {
    let kind = step["kind"].as_str().unwrap_or("span").parse().unwrap();
    observe::observe(step["name"].as_str().unwrap_or_default().to_owned()).kind(kind).start()
}
