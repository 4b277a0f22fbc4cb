//! Spans of other libraries that run inside a trace of ours.

mod known;
mod stamp;

pub(crate) use stamp::Stamp;
