//! The two ways to ask.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use basalt_tower::RequestSpan;
use chat::{Answer, Ask, Chat, ChatError, ModelError};
use futures_util::{Stream, StreamExt};
use serde_json::json;

/// Answers `{"answer": "…", "sources": ["…"]}`.
pub(crate) async fn chat(
    State(chat): State<Arc<Chat>>,
    request: RequestSpan,
    Json(ask): Json<Ask>,
) -> Result<Json<Answer>, Failure> {
    chat.answer(&request, &ask.question).await.map(Json).map_err(|error| Failure::new(&request, error))
}

/// Answers server-sent events, one per piece of the answer.
pub(crate) async fn stream(
    State(chat): State<Arc<Chat>>,
    request: RequestSpan,
    Json(ask): Json<Ask>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    let texts = chat.stream(&request, &ask.question).await;
    let texts = texts.map_err(|error| Failure::new(&request, error))?;
    Ok(Sse::new(texts.map(|text| Ok(event(text)))).keep_alive(KeepAlive::default()))
}

fn event(text: Result<String, ModelError>) -> Event {
    match text {
        Ok(text) => Event::default().data(json!({ "text": text }).to_string()),
        Err(error) => Event::default().event("error").data(json!({ "error": error.to_string() }).to_string()),
    }
}

/// 502, because it is the model's or the index's failure, not the caller's.
pub(crate) struct Failure(ChatError);

impl Failure {
    fn new(request: &RequestSpan, error: ChatError) -> Self {
        request.set_error(&error);
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (StatusCode::BAD_GATEWAY, Json(json!({ "error": self.0.to_string() }))).into_response()
    }
}
