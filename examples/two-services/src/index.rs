//! `index`, on axum: finds the sections that fit. It asks nobody who is asking.

use std::{error::Error, net::SocketAddr, sync::Arc};

use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    routing::get,
};
use basalt_tower::{Basalt, BasaltLayer, RequestSpan, observe};
use chat::{Ask, Library, LibraryError, Passage};
use tokio::net::TcpListener;

use crate::{LOOPBACK, running::Running};

/// How many sections are found.
const SECTIONS: usize = 12;

/// `GET /documents?question=…`
pub(crate) async fn start(library: Library) -> Result<Running, Box<dyn Error>> {
    let basalt = Basalt::builder().service_name("index").build()?;
    let app = Router::new()
        .route("/documents", get(documents))
        .with_state(Arc::new(library))
        .layer(BasaltLayer::new(&basalt, "docs-index"));

    let listener = TcpListener::bind(LOOPBACK).await?;
    let address = listener.local_addr()?;
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    Ok(Running::spawn(basalt, address, |stopped| axum::serve(listener, app).with_graceful_shutdown(stopped)))
}

async fn documents(
    State(library): State<Arc<Library>>,
    request: RequestSpan,
    Query(ask): Query<Ask>,
) -> Result<Json<Vec<Passage>>, (StatusCode, String)> {
    request.set_input(&ask.question);
    lookup(&library, &ask.question).await.map(Json).map_err(|error| {
        request.set_error(&error);
        (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    })
}

async fn lookup(library: &Library, question: &str) -> Result<Vec<Passage>, LibraryError> {
    observe::retrieval("lookup")
        .try_run(|span| async move {
            span.set_query(question);
            let passages = library.search(question, SECTIONS)?;
            span.set_results_count(passages.len());
            Ok(passages)
        })
        .await
}
