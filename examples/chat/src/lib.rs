//! Answers questions about a folder of Markdown files: a search, then a model, each a step of the request.
//!
//! No web framework is known here: the request is a [`RootSpan`](basalt_core::RootSpan).

mod chat;
mod library;
mod model;
mod openai;

pub use chat::{Answer, Chat, ChatError};
pub use library::{Library, LibraryError, Passage};
pub use model::{Model, ModelError};
