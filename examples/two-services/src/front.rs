//! `front`, on axum: takes a question, calls `search`, answers from what that finds.

use std::{error::Error, net::SocketAddr, sync::Arc};

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use basalt_tower::{Basalt, BasaltLayer, HeaderIdentity, RequestSpan, context, observe};
use chat::{Answer, Ask, Model, Passage, answer_from};
use reqwest::Client;
use tokio::net::TcpListener;

use crate::{TOLD, running::Running};

struct Front {
    client: Client,
    search: String,
    model: Model,
}

/// `POST /ask`
pub(crate) async fn start(listen: SocketAddr, search: SocketAddr) -> Result<Running, Box<dyn Error>> {
    let basalt = Basalt::builder().service_name("front").build()?;
    let client = Client::builder().no_proxy().build()?;
    let front = Front { client, search: format!("http://{search}/search"), model: Model::from_env() };
    let layer = BasaltLayer::new(&basalt, "docs-ask")
        .identity_from_headers(HeaderIdentity::default())
        .experiment_header("x-experiment-id");
    let app = Router::new().route("/ask", post(ask)).with_state(Arc::new(front)).layer(layer);

    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    Ok(Running::spawn(basalt, address, |stopped| axum::serve(listener, app).with_graceful_shutdown(stopped)))
}

async fn ask(
    State(front): State<Arc<Front>>,
    request: RequestSpan,
    Json(ask): Json<Ask>,
) -> Result<Json<Answer>, (StatusCode, String)> {
    request.set_input(&ask.question);
    let answer = front.answer(&ask.question).await.map_err(|error| {
        request.set_error(&*error);
        (StatusCode::BAD_GATEWAY, error.to_string())
    })?;
    request.set_output(&answer.answer);
    Ok(Json(answer))
}

impl Front {
    async fn answer(&self, question: &str) -> Result<Answer, Box<dyn Error + Send + Sync>> {
        let passages = self.search(question).await?;
        Ok(answer_from(&self.model, question, &passages).await?)
    }

    /// For a client that takes whole header maps.
    async fn search(&self, question: &str) -> reqwest::Result<Vec<Passage>> {
        observe::retrieval("search")
            .try_run(|span| async move {
                span.set_query(question);
                let request = self.client.get(&self.search).query(&[("question", question)]);
                let answer = request.headers(context::headers_with(TOLD)).send().await?;
                let passages: Vec<Passage> = answer.error_for_status()?.json().await?;
                span.set_results_count(passages.len());
                Ok(passages)
            })
            .await
    }
}
