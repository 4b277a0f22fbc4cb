//! An HTTP vector on axum.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{FromRequestParts, Request},
    middleware::{self, Next},
    response::Response,
    routing::{MethodFilter, MethodRouter, on},
};
use basalt_tower::{BasaltLayer, Identified, Identify, Identity, RequestSpan};
use http::{HeaderName, HeaderValue, StatusCode, request::Parts};
use serde_json::Value;

use super::{
    layer::configured,
    program::{Leave, Program, lacks},
    routes::{self, Answer, Reply, Verified, wish},
};

/// The routes with the layer around them, and the auth middleware around that.
pub(super) fn router(vector: &Value, program: &Arc<Program>) -> Result<Router, Leave> {
    let mut router = Router::new();
    for spec in vector["routes"].as_array().into_iter().flatten() {
        let path = spec["path"].as_str().unwrap_or_default();
        router = router.route(path, route(spec, program)?);
    }
    let router = router.layer(layer(&vector["layer"], program)?);
    Ok(if vector["layer"]["auth"] == true { router.layer(middleware::from_fn(auth)) } else { router })
}

fn layer(options: &Value, program: &Program) -> Result<BasaltLayer, Leave> {
    let layer = BasaltLayer::new(&program.basalt()?, options["feature_slug"].as_str().unwrap_or_default());
    Ok(configured!(layer, options))
}

async fn auth(mut request: Request, next: Next) -> Response {
    let claim = request.headers().get("x-test-auth").and_then(|value| value.to_str().ok());
    if let Some(verified) = claim.map(Verified::of) {
        request.extensions_mut().insert(verified);
    }
    next.run(request).await
}

impl<S: Sync> FromRequestParts<S> for Verified {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let claim = parts.headers.get("x-test-auth").and_then(|value| value.to_str().ok());
        claim.map(Self::of).ok_or(StatusCode::UNAUTHORIZED)
    }
}

/// For routes that ask for nobody.
struct Nobody;

impl Identify for Nobody {
    fn identity(&self) -> Identity {
        Identity::default()
    }
}

impl<S: Sync> FromRequestParts<S> for Nobody {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

fn route(spec: &Value, program: &Arc<Program>) -> Result<MethodRouter, Leave> {
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
    let route = match wish(spec, "extractor") {
        Some(_) => on(method, handler::<Verified>(spec, program)),
        None => on(method, handler::<Nobody>(spec, program)),
    };
    Ok(match wish(spec, "slug").and_then(Value::as_str) {
        Some(slug) => route.layer(BasaltLayer::new(&program.basalt()?, slug)),
        None => route,
    })
}

fn handler<E>(
    spec: &Value,
    program: &Arc<Program>,
) -> impl Fn(Identified<E>, RequestSpan, Body) -> std::pin::Pin<Box<dyn Future<Output = Response> + Send>>
+ Clone
+ Send
+ Sync
+ 'static {
    let (spec, program) = (Arc::new(spec.clone()), Arc::clone(program));
    move |_, request, body| {
        let (spec, program) = (Arc::clone(&spec), Arc::clone(&program));
        Box::pin(async move {
            let echo = match wish(&spec, "echo") {
                Some(_) => Some(axum::body::to_bytes(body, usize::MAX).await.unwrap()),
                None => None,
            };
            let echo = echo.map(|body| String::from_utf8(body.to_vec()).unwrap());
            response(routes::handle(spec, program, (*request).clone(), echo).await)
        })
    }
}

fn response(Reply { status, headers, body }: Reply) -> Response {
    let mut response = Response::new(match body {
        Answer::Whole(text) => Body::from(text),
        Answer::Chunks(chunks, frame) => Body::from_stream(routes::stream(chunks, *frame)),
    });
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        let (name, value) = (HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
        response.headers_mut().append(name, value);
    }
    response
}
