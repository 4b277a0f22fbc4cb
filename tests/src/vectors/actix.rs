//! An HTTP vector on actix-web.

use std::{
    collections::BTreeMap,
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, Resource, Route,
    body::MessageBody,
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::ErrorUnauthorized,
    http::{Method, StatusCode},
    middleware::Next,
    web::{self, ServiceConfig},
};
use basalt_actix::{BasaltMiddleware, Identified, RequestSpan};
use serde_json::Value;

use super::{
    layer::configured,
    program::{Leave, Program},
    routes::{self, Answer, Reply, Verified, wish},
};

pub(super) fn middleware(options: &Value, program: &Program) -> Result<BasaltMiddleware, Leave> {
    let slug = options["feature_slug"].as_str().unwrap_or_default();
    let middleware = BasaltMiddleware::new(&program.basalt()?, slug);
    Ok(configured!(middleware, options))
}

pub(super) async fn auth<B: MessageBody>(
    enabled: bool,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if enabled && let Some(verified) = claim(&request) {
        request.extensions_mut().insert(verified);
    }
    next.call(request).await
}

fn claim(request: &impl HttpMessage) -> Option<Verified> {
    request.headers().get("x-test-auth")?.to_str().ok().map(Verified::of)
}

impl FromRequest for Verified {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(claim(request).ok_or_else(|| ErrorUnauthorized("")))
    }
}

/// The routes; those of one path are one resource.
pub(super) fn routes(vector: &Value, program: &Arc<Program>, config: &mut ServiceConfig) {
    let mut paths: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for spec in vector["routes"].as_array().into_iter().flatten() {
        paths.entry(spec["path"].as_str().unwrap_or_default()).or_default().push(spec);
    }
    for (path, specs) in paths {
        let mut resource = web::resource(path);
        for spec in &specs {
            resource = resource.route(route(spec, program));
        }
        match specs.iter().find_map(|spec| wish(spec, "slug")?.as_str()) {
            Some(slug) => config.service(refined(resource, slug, program)),
            None => config.service(resource),
        };
    }
}

fn refined(
    resource: Resource,
    slug: &str,
    program: &Program,
) -> impl actix_web::dev::HttpServiceFactory + 'static {
    resource.wrap(BasaltMiddleware::new(&program.basalt().unwrap(), slug))
}

fn route(spec: &Value, program: &Arc<Program>) -> Route {
    let method = spec["method"].as_str().unwrap_or_default().parse::<Method>().unwrap();
    let route = web::method(method);
    let (echo, extractor) = (wish(spec, "echo").is_some(), wish(spec, "extractor").is_some());
    let (spec, program) = (Arc::new(spec.clone()), Arc::clone(program));
    let answer = move |request: RequestSpan, echo: Option<String>| {
        let (spec, program) = (Arc::clone(&spec), Arc::clone(&program));
        async move { response(routes::handle(spec, program, (*request).clone(), echo).await) }
    };
    match (extractor, echo) {
        (true, _) => route.to(move |_: Identified<Verified>, request: RequestSpan| answer(request, None)),
        (false, true) => route.to(move |request: RequestSpan, echo: String| answer(request, Some(echo))),
        (false, false) => route.to(move |request: RequestSpan| answer(request, None)),
    }
}

fn response(Reply { status, headers, body }: Reply) -> HttpResponse {
    let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap());
    for (name, value) in headers {
        response.append_header((name, value));
    }
    match body {
        Answer::Whole(text) => response.body(text),
        Answer::Chunks(chunks, frame) => response.streaming(routes::stream(chunks, *frame)),
    }
}
