//! A chat service on axum. See the README beside it.

mod routes;

use std::{error::Error, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    routing::{get, post},
};
use basalt_tower::{Basalt, BasaltLayer, HeaderIdentity};
use chat::{Arguments, Chat, Library, Model, asked_to_stop, log_to_stderr};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { folder, listen } = Arguments::of_process();
    log_to_stderr("axum_chat");
    let chat = Arc::new(Chat::new(Library::open(&folder)?, Model::from_env()));

    let basalt = Basalt::builder().service_name("axum-chat").build()?;
    let app = Router::new()
        .route("/chat", post(routes::chat))
        .route("/chat/stream", post(routes::stream))
        .route("/health", get(|| async { "ok" }))
        .with_state(Arc::clone(&chat))
        .layer(
            BasaltLayer::new(&basalt, "docs-chat")
                .identity_from_headers(HeaderIdentity::default())
                .metadata("example", "axum-chat")
                .exclude(["/health"]),
        );

    let listener = TcpListener::bind(listen).await?;
    tracing::info!("{chat}, http://{}", listener.local_addr()?);
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(asked_to_stop())
        .await?;
    basalt.shutdown().await?;
    Ok(())
}
