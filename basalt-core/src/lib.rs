//! Observability for AI features inside Rust services: the framework-neutral core of Basalt.
//!
//! One root span per request or job knows which feature it serves, who asks, and under which experiment.
//! Model calls, searches and other steps hang below the root that caused them, wherever they run, and reach
//! [Basalt](https://getbasalt.ai) or any OpenTelemetry backend by OTLP. Nothing here can fail, block or slow
//! down the work that is observed.
//!
//! Web services use a front, such as `basalt-tower` for axum, which opens the roots. Everything else, workers
//! and command lines, needs only this crate:
//!
//! ```
//! use basalt_core::{Basalt, Identity, Tokens, observe};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let basalt = Basalt::builder().service_name("digest").enabled(false).build()?;
//!
//! basalt
//!     .start_observe("nightly-digest", "digest")
//!     .identity(Identity::user("u-1").organization("o-1"))
//!     .run(|root| async move {
//!         let summary = observe::generation("summarise")
//!             .model("gpt-5")
//!             .run(|span| async move {
//!                 span.set_tokens(Tokens { input: Some(812), output: Some(64) });
//!                 span.set_completion("All is well.");
//!                 "All is well."
//!             })
//!             .await;
//!         root.set_output(summary);
//!     })
//!     .await;
//!
//! basalt.shutdown().await?;
//! # Ok(()) }
//! ```
//!
//! # The parts
//!
//! * [`Basalt`], made by [`Basalt::builder`]: what `main` holds.
//! * [`Basalt::start_observe`]: roots. [`observe`](mod@observe): steps below whatever is active.
//! * `#[observe]` and `#[start_observe]`: the same, of functions.
//! * [`with_evaluators`], [`with_prompt`], [`with_context`]: what holds for a block of code.
//! * [`SpanHandle`]: what can be said of any span. [`RootSpan`]: what can be said of a whole trace.
//! * [`context`]: carrying the trace into tasks, threads and outgoing requests.
//! * [`Otlp`], [`Redaction`], [`Health`]: where spans go, what may leave, and what became of them.
//! * `client`: experiments, prompts and datasets in Basalt.
//! * [`request`]: for those who write a front for another framework.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `macros` | yes | `#[observe]` and `#[start_observe]` |
//! | `client` | yes | the Basalt API: experiments, prompts, datasets |
//! | `otlp` | yes | spans sent over gRPC and HTTP |
//! | `tls` | yes | `https`, on a crypto provider of the program's choice |
//! | `tls12` | yes | TLS 1.2 beside 1.3, for every user of rustls in the program |
//! | `tls-ring`, `tls-aws-lc` | no | a crypto provider for `https`: one of them, or [`Builder::crypto_provider`] |
//! | `spool` | no | batches kept on disk while a collector is away: [`Builder::spool`] |
//! | `testing` | no | [`testing::Recorder`] |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod asked;
mod backoff;
mod basalt;
pub mod call;
mod capture;
#[cfg(any(feature = "client", feature = "otlp"))]
mod causes;
#[cfg(feature = "client")]
pub mod client;
pub mod context;
mod current;
mod cut;
mod evaluation;
mod experiment;
mod export;
mod foreign;
#[cfg(test)]
mod fuzzing;
#[cfg(any(feature = "client", feature = "otlp"))]
mod http_client;
mod identity;
mod invalid;
mod kind;
mod message;
mod metadata;
mod method;
mod name;
pub mod observe;
mod panic;
mod payload;
mod positions;
mod process;
mod prompt;
mod repeated;
pub mod request;
#[cfg(any(feature = "client", feature = "otlp"))]
mod retry_after;
mod said;
mod secret;
pub mod semconv;
mod short;
pub mod span;
pub mod start_observe;
mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
#[cfg(all(feature = "tls", any(feature = "client", feature = "otlp")))]
mod tls;
#[cfg(not(all(feature = "tls", any(feature = "client", feature = "otlp"))))]
#[path = "tls/absent.rs"]
mod tls;
mod unobserved;
mod uri;
mod values;
mod weight;

pub use opentelemetry;

#[doc(hidden)]
pub use current::thread_is_ending;

#[cfg(feature = "macros")]
pub use basalt_macros::{observe, start_observe};

pub use basalt::Basalt;
pub use capture::Capture;
pub use context::{Baggage, InCurrentObservation, with_context, with_evaluators, with_prompt};
pub use evaluation::{EvaluationRate, Evaluator};
pub use experiment::Experiment;
pub use export::{
    DeliveryError, DestinationHealth, Health, InvalidPattern, Protocol, Redaction, RedactionBuilder,
    StartError,
};
pub use identity::{Identify, Identity};
pub use invalid::InvalidValue;
pub use kind::ObserveKind;
pub use message::{Message, Part};
pub use name::{FeatureSlug, SpanName};
pub use observe::observe;
pub use prompt::PromptRef;
pub use request::{CaptureHttp, HeaderIdentity, Inbound};
pub use span::{
    Chunk, CostSource, Document, Event, Function, Generation, Observe, Prepared, Retrieval, RootSpan, Span,
    SpanBuilder, SpanHandle, TokenDetails, Tokens, Tool,
};
pub use start_observe::{RootBuilder, start_observe};
pub use telemetry::{BuildError, Builder, Otlp};
pub use values::ContextValues;
