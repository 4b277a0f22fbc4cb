//! Basalt's API on this machine, as far as a comparison needs it: prompts from a folder, and experiments that are
//! counted. Source: the requests of [`basalt_core::client`].

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Json, Router,
    extract::{self, Query, Request, State, rejection::JsonRejection},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing,
};
use serde::Deserialize;
use serde_json::{Value, json};
use thiserror::Error;
use tokio::net::TcpListener;
use tracing_subscriber::fmt::{
    format::Writer,
    time::{FormatTime, SystemTime},
};

use crate::stored_prompt::{StoreError, StoredPrompt, Wanted};

/// The only key it knows.
pub(crate) const KEY: &str = "local";

/// A server on a loopback port, for as long as the program runs.
#[derive(Debug)]
pub(crate) struct LocalApi {
    address: SocketAddr,
}

/// Why it does not serve.
#[derive(Debug, Error)]
pub(crate) enum LocalApiError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the local API finds no port on 127.0.0.1: {0}; set BASALT_API_KEY to use Basalt's own")]
    Listen(#[from] io::Error),
}

#[derive(Debug)]
struct Kept {
    prompts: Vec<StoredPrompt>,
    experiments: AtomicUsize,
}

/// What is not answered, as the API says it: `{"error": "…"}`.
struct Refusal(StatusCode, String);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewExperiment {
    feature_slug: String,
    name: String,
}

impl LocalApi {
    /// Serves the prompts of a folder.
    pub(crate) async fn start(folder: &Path) -> Result<Self, LocalApiError> {
        let kept = Kept { prompts: StoredPrompt::read_all(folder)?, experiments: AtomicUsize::new(0) };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        tokio::spawn(axum::serve(listener, routes(kept)).into_future());
        Ok(Self { address })
    }

    /// The base of its URLs.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn routes(kept: Kept) -> Router {
    Router::new()
        .route("/monitor/experiments", routing::post(create_experiment))
        .route("/prompts/{slug}", routing::get(get_prompt))
        .fallback(|| async { Refusal(StatusCode::NOT_FOUND, "no such route".to_owned()) })
        .layer(middleware::from_fn(admitted))
        .with_state(Arc::new(kept))
}

/// Lets pass who has the key.
async fn admitted(request: Request, next: Next) -> Result<Response, Refusal> {
    let sdk = request.headers().get("x-basalt-sdk-type");
    tracing::debug!(?sdk, "{} {}", request.method(), request.uri());
    match has_key(request.headers()) {
        true => Ok(next.run(request).await),
        false => Err(Refusal(StatusCode::UNAUTHORIZED, "the API key is not valid".to_owned())),
    }
}

fn has_key(headers: &HeaderMap) -> bool {
    let said = headers.get(header::AUTHORIZATION).and_then(|said| said.to_str().ok());
    said.and_then(|said| said.strip_prefix("Bearer ")) == Some(KEY)
}

async fn create_experiment(
    State(kept): State<Arc<Kept>>,
    body: Result<Json<NewExperiment>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let Json(NewExperiment { feature_slug, name }) =
        body.map_err(|rejection| Refusal(StatusCode::BAD_REQUEST, rejection.body_text()))?;
    let id = format!("local-{}", kept.experiments.fetch_add(1, Ordering::Relaxed) + 1);
    let experiment = json!({"id": id, "name": name, "featureSlug": feature_slug, "createdAt": now()});
    Ok((StatusCode::CREATED, Json(experiment)))
}

async fn get_prompt(
    State(kept): State<Arc<Kept>>,
    extract::Path(slug): extract::Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Refusal> {
    match StoredPrompt::find(&kept.prompts, &slug, &wanted) {
        Some(prompt) => Ok(Json(json!({"prompt": prompt, "warning": null}))),
        None => Err(Refusal(StatusCode::NOT_FOUND, "there is no such prompt".to_owned())),
    }
}

/// ISO 8601, as log lines have it.
fn now() -> String {
    let mut time = String::new();
    // Text takes whatever is written.
    let _ = SystemTime.format_time(&mut Writer::new(&mut time));
    time
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

#[cfg(test)]
mod tests {
    use basalt_tests::client::Client;

    use super::*;

    async fn asked(head: &str, body: &str) -> (u16, Value) {
        let api = LocalApi::start(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/prompts"))).await.unwrap();
        let mut client = Client::connect(api.address).await;
        let (host, length) = (api.address, body.len());
        let request = format!(
            "{head}\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        client.send(request.as_bytes()).await;
        let answer = client.answer("GET").await.unwrap();
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    #[tokio::test]
    async fn only_who_has_the_key_is_answered() {
        for key in ["", "\r\nauthorization: Bearer other", "\r\nauthorization: Basic local"] {
            let answer = asked(&format!("GET /prompts/faq-answer HTTP/1.1{key}"), "").await;
            assert_eq!(answer, (401, json!({"error": "the API key is not valid"})));
        }
    }

    #[tokio::test]
    async fn prompts_are_answered_as_they_are_stored() {
        let get = |path: &str| format!("GET {path} HTTP/1.1\r\nauthorization: Bearer local");
        let (status, body) = asked(&get("/prompts/faq-answer?version=1.0"), "").await;
        assert_eq!((status, &body["warning"]), (200, &Value::Null));
        assert_eq!(body["prompt"]["tag"], "production");
        assert_eq!(body["prompt"]["model"]["parameters"]["maxLength"], 60);
        let (status, body) = asked(&get("/prompts/faq-answer?version=9"), "").await;
        assert_eq!((status, body), (404, json!({"error": "there is no such prompt"})));
    }

    #[tokio::test]
    async fn an_experiment_needs_a_feature_and_a_name() {
        let post = "POST /monitor/experiments HTTP/1.1\r\nauthorization: Bearer local";
        let (status, body) = asked(post, r#"{"featureSlug": "faq", "name": "shorter"}"#).await;
        assert_eq!((status, &body["id"], &body["featureSlug"]), (201, &json!("local-1"), &json!("faq")));
        assert!(body["createdAt"].as_str().unwrap().ends_with('Z'), "{body}");
        let (status, body) = asked(post, r#"{"name": "shorter"}"#).await;
        assert!(status == 400 && body["error"].as_str().unwrap().contains("featureSlug"), "{body}");
    }
}
