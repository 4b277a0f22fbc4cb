//! The two ways to ask.

use std::{convert::Infallible, fmt};

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header::CACHE_CONTROL},
    web::{Data, Json},
};
use basalt_actix::RequestSpan;
use bytes::Bytes;
use chat::{Answer, Ask, Chat, ChatError, ModelError};
use futures_util::StreamExt;
use serde_json::json;

/// Answers `{"answer": "…", "sources": ["…"]}`.
pub(crate) async fn chat(
    chat: Data<Chat>,
    request: RequestSpan,
    ask: Json<Ask>,
) -> Result<Json<Answer>, Failure> {
    chat.answer(&request, &ask.question).await.map(Json).map_err(|error| Failure::new(&request, error))
}

/// Answers server-sent events, one per piece of the answer.
pub(crate) async fn stream(
    chat: Data<Chat>,
    request: RequestSpan,
    ask: Json<Ask>,
) -> Result<HttpResponse, Failure> {
    let texts = chat.stream(&request, &ask.question).await;
    let texts = texts.map_err(|error| Failure::new(&request, error))?;
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-cache"))
        .streaming(texts.map(|text| Ok::<_, Infallible>(event(text)))))
}

fn event(text: Result<String, ModelError>) -> Bytes {
    let event = match text {
        Ok(text) => format!("data: {}\n\n", json!({ "text": text })),
        Err(error) => format!("event: error\ndata: {}\n\n", json!({ "error": error.to_string() })),
    };
    event.into()
}

/// 502, because it is the model's or the index's failure, not the caller's.
#[derive(Debug)]
pub(crate) struct Failure(ChatError);

impl Failure {
    fn new(request: &RequestSpan, error: ChatError) -> Self {
        request.set_error(&error);
        Self(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        StatusCode::BAD_GATEWAY
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code()).json(json!({ "error": self.to_string() }))
    }
}
