//! Observability for AI features inside actix-web services: one middleware opens a root span for every request,
//! knows who is asking, and hands the handler a handle to it.
//!
//! ```no_run
//! use actix_web::{App, HttpServer, web};
//! use basalt_actix::{Basalt, BasaltMiddleware, HeaderIdentity, RequestSpan, Tokens, observe};
//!
//! #[actix_web::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let basalt = Basalt::builder().service_name("support-api").build()?;
//!     let middleware = BasaltMiddleware::new(&basalt, "support-chat")
//!         .identity_from_headers(HeaderIdentity::default())
//!         .exclude(["/health"]);
//!     HttpServer::new(move || App::new().wrap(middleware.clone()).route("/chat", web::post().to(chat)))
//!         .bind("127.0.0.1:3000")?
//!         .run()
//!         .await?;
//!     basalt.shutdown().await?;
//!     Ok(())
//! }
//!
//! async fn chat(request: RequestSpan, question: web::Json<String>) -> String {
//!     let question = question.into_inner();
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
//! opened while it streams belong to it. If the client leaves, if the body fails, if the handler panics: the span
//! ends then, exactly once, and says so. The span of a WebSocket ends with its handshake; its handle stays usable
//! as a parent.
//!
//! # Shutting down
//!
//! By itself actix-web answers Ctrl-C by cutting what has begun.
//! [`HttpServer::shutdown_signal`](actix_web::HttpServer::shutdown_signal) takes a future of your own and lets it
//! finish; `basalt.shutdown()` behind `run()` then delivers the last spans.
//!
//! # Order of middlewares
//!
//! The middleware wrapped last runs first. One that authenticates stands outside this one, and is wrapped after
//! it, if it is to identify requests before handlers run; inside, wrap your extractor in [`Identified`].
//! Around a scope or a resource, a second middleware refines what the outer one has opened: slug, evaluators,
//! metadata, captures. Where the type of the body must stay as it was, wrap it in
//! [`actix_web::middleware::Compat`].
//!
//! # Tasks and threads
//!
//! `actix_web::rt::spawn` and `web::block` leave the request's context behind unless it is carried along:
//!
//! ```
//! use basalt_actix::{InCurrentObservation, context};
//!
//! # async fn handler() {
//! # async fn index() {}
//! # fn hash() -> u64 { 7 }
//! actix_web::rt::spawn(index().in_current_observation());
//! let hashed = actix_web::web::block(context::carry(hash)).await;
//! # }
//! ```

mod body;
mod extract;
mod future;
mod handle;
mod head;
mod identified;
mod identity;
mod middleware;
mod request_body;
mod route;
mod service;

pub use basalt_core::*;
#[cfg(feature = "macros")]
#[doc(inline)]
pub use basalt_macros::{observe_in_actix as observe, start_observe_in_actix as start_observe};

pub use body::ResponseBody;
pub use extract::RequestSpanError;
pub use future::ResponseFuture;
pub use handle::RequestSpan;
pub use identified::{Identified, IdentifiedFuture};
pub use middleware::BasaltMiddleware;
pub use service::BasaltService;
