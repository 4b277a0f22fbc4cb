//! What users hold: handles to open spans, and builders of the next ones.
//!
//! Every handle is cheap to clone, `Send + Sync`, and usable after awaits, in streams, tasks and threads.
//! Setters never fail: what cannot be recorded is dropped, and content that was cut is named in
//! `basalt.truncated`.
//!
//! ```
//! use basalt_core::{Basalt, observe};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let basalt = Basalt::builder().enabled(false).build()?;
//! let root = basalt.start_observe("support-chat", "answer").start();
//! let step = root.child("parse").start();
//! step.set_output("three questions");
//! step.end();
//! root.end();
//! # Ok(()) }
//! ```

mod attributes;
mod beginning;
mod builder;
mod chunk;
mod chunks;
mod entered;
mod event;
mod exception;
mod function;
mod gen_ai;
mod generation;
mod handle;
#[cfg(test)]
mod inside;
mod kind;
mod observed;
mod prepared;
mod retrieval;
mod root;
pub(crate) mod run;
mod tool;
mod trace;
mod typed;
mod work;

pub(crate) use beginning::RootOpening;
pub use builder::SpanBuilder;
pub use chunk::Chunk;
pub use chunks::Chunks;
pub use entered::Entered;
pub use event::Event;
pub use function::Function;
pub use gen_ai::{CostSource, TokenDetails, Tokens};
pub use generation::Generation;
pub use handle::SpanHandle;
pub use kind::{Kind, Plain};
pub use observed::{Observe, Observed};
pub use prepared::Prepared;
pub use retrieval::{Document, Retrieval};
pub use root::RootSpan;
pub use tool::Tool;
pub use trace::TraceHandle;
pub use typed::Span;
