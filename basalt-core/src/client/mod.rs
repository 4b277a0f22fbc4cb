//! The Basalt API: experiments, prompts and datasets.
//!
//! [`Basalt`](crate::Basalt) hands out what talks to it: [`experiments()`](crate::Basalt::experiments),
//! [`prompts()`](crate::Basalt::prompts), [`datasets()`](crate::Basalt::datasets). Every operation is an
//! [`ApiCall`]: awaited, on any runtime, or [`blocking`](ApiCall::blocking) without one. It needs an API key and
//! works with telemetry off.
//!
//! ```no_run
//! use basalt_core::{Basalt, observe};
//!
//! # async fn llm(_: &str) -> String { String::new() }
//! # async fn handler() -> Result<(), Box<dyn std::error::Error>> {
//! let basalt = Basalt::builder().api_key("sk-…").build()?;
//! let prompt = basalt.prompts().get("qa").tag("production").variable("topic", "rust").await?;
//! let answer = prompt
//!     .generation("answer")
//!     .run(|span| async move {
//!         let answer = llm(prompt.text()).await;
//!         span.set_completion(&answer);
//!         answer
//!     })
//!     .await;
//! # Ok(()) }
//! ```
//!
//! # Requests
//!
//! They go to `BASALT_API_URL`, or [`Builder::api_url`](crate::Builder::api_url), from a thread of their own, over
//! pooled connections. Reading is tried again after lost connections and 429, 502, 503 and 504, for up to
//! [`api_attempts`](crate::Builder::api_attempts) in all; what writes is sent once. Redirects are not followed,
//! since the API key would go along, and of an answer no more than 8 MiB is read.
//!
//! Inside a trace each is a span, `basalt.sdk.<client>.<operation>`, with the status also where it failed; what is
//! answered from memory leaves none, and neither does the creation of an experiment.

mod add_row;
mod api;
mod ask;
mod attachment;
mod cache;
mod call;
mod dataset;
mod datasets;
mod describe_prompts;
mod errand;
mod error;
mod experiments;
mod get_prompt;
mod model;
mod prompt;
mod prompts;
mod publish_prompt;
mod reply;
mod segment;
mod target;
mod template;
mod transport;
mod upload;
mod wanted;

pub use add_row::AddRow;
pub use api::Api;
pub use attachment::{Attachment, InvalidAttachment};
pub use call::{ApiCall, Operation};
pub use dataset::{Column, Dataset, DatasetRow, DatasetSummary};
pub use datasets::{Datasets, GetDataset, ListDatasets};
pub use describe_prompts::{DescribePrompt, ListPrompts, PromptDescription, PromptSummary, PromptVariable};
pub use error::{ApiError, DatasetError, ExperimentError, PromptError};
pub use experiments::{CreateExperiment, Experiments};
pub use get_prompt::GetPrompt;
pub use model::{PromptModel, PromptParameters, PromptTools, ResponseFormat};
pub use prompt::Prompt;
pub use prompts::Prompts;
pub use publish_prompt::{PublishPrompt, PublishedTag};
pub use segment::InvalidName;
pub(crate) use target::{ApiUrl, Target};
pub use template::TemplateError;
