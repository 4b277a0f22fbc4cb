//! Observability for AI features inside axum, tower and hyper services: one layer opens a root span for every
//! request, knows who is asking, and hands the handler a handle to it.
//!
//! ```no_run
//! use std::net::SocketAddr;
//!
//! use axum::{Json, Router, routing::post};
//! use basalt_tower::{Basalt, BasaltLayer, HeaderIdentity, RequestSpan, Tokens, observe};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let basalt = Basalt::builder().service_name("support-api").build()?;
//!     let app = Router::new().route("/chat", post(chat)).layer(
//!         BasaltLayer::new(&basalt, "support-chat")
//!             .identity_from_headers(HeaderIdentity::default())
//!             .exclude(["/health"]),
//!     );
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//!     axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())
//!         .with_graceful_shutdown(async { tokio::signal::ctrl_c().await.unwrap_or_default() })
//!         .await?;
//!     basalt.shutdown().await?;
//!     Ok(())
//! }
//!
//! async fn chat(request: RequestSpan, Json(question): Json<String>) -> String {
//!     request.set_input(&question);
//!     let answer = observe::generation("answer")
//!         .model("gpt-5")
//!         .run(|span| async move {
//!             span.set_prompt(&question);
//!             span.set_tokens(Tokens { input: Some(12), output: Some(3) });
//!             "Because.".to_owned()
//!         })
//!         .await;
//!     request.set_output(&answer);
//!     answer
//! }
//! ```
//!
//! # When the span ends
//!
//! With the last byte of the answer, not with its head: a streamed answer is observed to its end, and spans
//! opened while it streams belong to it. If the client leaves, if the service or the body fails, if the
//! handler panics: the span ends then, exactly once, and says so.
//!
//! # Order of layers
//!
//! Inside an axum router the layer knows the route at once. Around a router it learns the route if the
//! response carries axum's `MatchedPath` in its extensions; otherwise spans are called after the method
//! alone, unless handlers call [`RootSpan::set_route`].
//! Layers that authenticate stand outside this one if they are to identify requests before handlers run.
//!
//! # With tonic
//!
//! `Server::builder().layer(BasaltLayer::new(..))` observes every call; around [axum routes of a
//! service](https://docs.rs/tonic/latest/tonic/service/struct.Routes.html) the layer stands as around any others.
//! A call is named by its method and ends with its trailers. Its handle is in `tonic::Request::extensions()`,
//! where `get::<RequestSpan>()` finds it. The feature `tonic` reads the peer's address as tonic's server has it.
//!
//! # Without axum
//!
//! With `default-features = false` this is a plain tower layer for any `Service<http::Request<B>>`. The peer's
//! address is read from a [`SocketAddr`](std::net::SocketAddr) in the request's extensions, if the server puts
//! it there; the handle is a [`RequestSpan`] in the same extensions.

mod body;
#[cfg(feature = "axum")]
mod extract;
mod future;
mod handle;
mod head;
#[cfg(feature = "axum")]
mod identified;
mod identity;
mod layer;
mod request_body;
mod service;

pub use basalt_core::*;
#[cfg(feature = "macros")]
#[doc(inline)]
pub use basalt_macros::{observe_in_tower as observe, start_observe_in_tower as start_observe};

pub use body::ResponseBody;
#[cfg(feature = "axum")]
pub use extract::RequestSpanRejection;
pub use future::ResponseFuture;
pub use handle::RequestSpan;
#[cfg(feature = "axum")]
pub use identified::Identified;
pub use layer::BasaltLayer;
pub use service::BasaltService;
