//! A chat service on actix-web. See the README beside it.

mod routes;

use std::error::Error;

use actix_web::{
    App, HttpServer,
    web::{Data, get, post},
};
use basalt_actix::{Basalt, BasaltMiddleware, HeaderIdentity};
use chat::{Arguments, Chat, Library, Model, asked_to_stop, log_to_stderr};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { folder, listen } = Arguments::of_process();
    log_to_stderr("actix_chat");
    let chat = Data::new(Chat::new(Library::open(&folder)?, Model::from_env()));

    let basalt = Basalt::builder().service_name("actix-chat").build()?;
    let middleware = BasaltMiddleware::new(&basalt, "docs-chat")
        .identity_from_headers(HeaderIdentity::default())
        .metadata("example", "actix-chat")
        .exclude(["/health"]);
    let state = chat.clone();
    let app = move || {
        App::new()
            .route("/chat", post().to(routes::chat))
            .route("/chat/stream", post().to(routes::stream))
            .route("/health", get().to(|| async { "ok" }))
            .app_data(state.clone())
            .wrap(middleware.clone())
    };

    // By itself actix stops at Ctrl-C without answering what has begun.
    let server = HttpServer::new(app).shutdown_signal(asked_to_stop()).bind(listen)?;
    for address in server.addrs() {
        tracing::info!("{}, http://{address}", **chat);
    }
    server.run().await?;
    basalt.shutdown().await?;
    Ok(())
}
