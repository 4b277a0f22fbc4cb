//! Built once, at start: configuration, resource, and the pipeline that delivers.

#[cfg(feature = "client")]
mod api;
mod builder;
mod config;
mod env;
mod error;
mod otlp;
mod pipeline;
mod queued;
mod resource;
mod sending;
mod spans;

pub use builder::Builder;
pub use error::BuildError;
pub use otlp::Otlp;
pub(crate) use pipeline::Pipeline;
