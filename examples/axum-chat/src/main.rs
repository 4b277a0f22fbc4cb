//! A chat service on axum. See the README beside it.

mod routes;

use std::{error::Error, io::IsTerminal, net::SocketAddr, path::PathBuf, sync::Arc};

use axum::{
    Router,
    routing::{get, post},
};
use basalt_tower::{Basalt, BasaltLayer, HeaderIdentity};
use chat::{Chat, Library, Model};
use clap::Parser;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// Answers questions about a folder of Markdown files.
#[derive(Parser)]
struct Arguments {
    /// The folder; without it, this project's own documents.
    #[arg(default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"))]
    folder: PathBuf,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("axum_chat=info,warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();

    let Arguments { folder, listen } = Arguments::parse();
    let folder = folder.canonicalize()?;
    let library = Library::open(&folder)?;
    let sections = library.sections();
    let chat = Arc::new(Chat::new(library, Model::from_env()));

    let basalt = Basalt::builder().service_name("axum-chat").build()?;
    let app = Router::new()
        .route("/chat", post(routes::chat))
        .route("/chat/stream", post(routes::stream))
        .route("/health", get(|| async { "ok" }))
        .with_state(chat)
        .layer(
            BasaltLayer::new(&basalt, "docs-chat")
                .identity_from_headers(HeaderIdentity::default())
                .metadata("example", "axum-chat")
                .exclude(["/health"]),
        );

    let listener = TcpListener::bind(listen).await?;
    tracing::info!("{sections} sections of {}, http://{}", folder.display(), listener.local_addr()?);
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(asked_to_stop())
        .await?;
    basalt.shutdown().await?;
    Ok(())
}

/// Ctrl-C, or what a supervisor sends.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
