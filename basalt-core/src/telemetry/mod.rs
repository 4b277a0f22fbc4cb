//! Built once, at start: configuration, resource, and the pipeline that delivers.

mod builder;
mod config;
mod env;
mod error;
mod pipeline;
mod resource;

pub use builder::Builder;
pub use error::BuildError;
pub(crate) use pipeline::Pipeline;
