//! Answers questions about a folder of Markdown files: a search, then a model, each a step of the request.
//!
//! No web framework is known here: the request is a [`RootSpan`](basalt_core::RootSpan).

mod arguments;
mod chat;
mod library;
mod logging;
mod model;
mod openai;
mod stop;

pub use arguments::Arguments;
pub use chat::{Answer, Ask, Chat, ChatError, answer_from};
pub use library::{Library, LibraryError, Passage};
pub use logging::log_to_stderr;
pub use model::{Model, ModelError};
pub use stop::asked_to_stop;
