//! The service on axum.

use std::{convert::Infallible, io};

use axum::{
    Router,
    body::Body,
    extract::WebSocketUpgrade,
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use basalt_tower::{RequestSpan, observe};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};

use super::WAITING;

pub(super) fn router() -> Router {
    Router::new()
        .route("/items/{id}", get(item).put(item).delete(|| async { StatusCode::NO_CONTENT }))
        .route("/echo", post(echo))
        .route("/ignore", post(|| async { "ignored" }))
        .route("/any", any(|| async { ([("x-answer", "a")], "any") }))
        .route("/moved", get(|| async { (StatusCode::FOUND, [("location", "/any")]) }))
        .route("/error", get(|| async { StatusCode::INTERNAL_SERVER_ERROR }))
        .route("/busy", get(|| async { (StatusCode::SERVICE_UNAVAILABLE, "busy") }))
        .route("/panic", get(panics))
        .route(
            "/pieces",
            get(|| async { Body::from_stream(stream::iter(["a", "b"]).map(Ok::<_, Infallible>)) }),
        )
        .route(
            "/broken",
            get(|| async { Body::from_stream(stream::iter([Ok("a"), Err(io::Error::other("gone"))])) }),
        )
        .route("/endless", get(crate::endless::endless))
        .route("/socket", get(socket))
        .route("/never", get(never))
        .route("/health", get(|| async { "ok" }))
        .route("/static/{name}", get(|| async { "static" }))
}

async fn item(request: RequestSpan) -> &'static str {
    request.set_input("asked");
    observe::retrieval("search").run(|span| async move { span.set_results_count(3) }).await;
    "item"
}

async fn echo(headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let kind = headers.get(CONTENT_TYPE).cloned();
    let mut answer = body.into_response();
    answer.headers_mut().remove(CONTENT_TYPE);
    kind.map(|kind| answer.headers_mut().insert(CONTENT_TYPE, kind));
    answer
}

async fn panics() {
    panic!("on purpose")
}

/// The connection is a step of its own, as long as it lasts.
async fn socket(request: RequestSpan, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |mut socket| {
        request
            .child("connection")
            .run(move |_| async move { while let Some(Ok(_)) = socket.recv().await {} })
    })
}

async fn never() {
    WAITING.notify_one();
    std::future::pending::<()>().await;
}
