//! An answer without end, and clients that do not wait for it.

use std::convert::Infallible;

use axum::body::Body;
use basalt_tower::{Observe, observe};
use futures_util::{StreamExt, stream};

use crate::{client::Client, server::Server};

/// One chunk, then nothing more, with a child span that lasts as long.
pub async fn endless() -> Body {
    let generation = observe::generation("answer").start();
    let chunks = stream::iter([Ok::<_, Infallible>("data: token\n\n")]).chain(stream::pending());
    Body::from_stream(chunks.observed(&generation))
}

/// Asks for `/endless`, reads its chunk, and goes away.
pub async fn leave_mid_stream(server: &Server) {
    let mut client = Client::connect(server.address()).await;
    client.send(b"GET /endless HTTP/1.1\r\nhost: here\r\n\r\n").await;
    client.head().await.unwrap();
    client.chunk().await.unwrap();
    client.reset();
}
