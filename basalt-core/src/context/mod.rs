//! What travels with a trace: across calls, tasks and threads inside the process, and in headers outside.

mod baggage;
mod blocks;
mod carried;
mod extract;
mod inject;
mod injection;
mod members;
mod opening;
mod origin;
mod readers;
mod record;
mod recorded;
mod scope;
mod spawn;
mod trace;
mod whole;
mod within;

pub use baggage::Baggage;
pub(crate) use baggage::Claims;
pub(crate) use blocks::Blocks;
use carried::Carried;
pub use extract::Headers;
pub(crate) use extract::extract;
pub use inject::{headers, headers_with, inject, inject_with};
pub use injection::Injection;
pub(crate) use opening::{Opening, SpanSource};
pub(crate) use origin::Origin;
pub use readers::{conversation, identity, organization, session, user};
pub(crate) use record::{Parent, Record, Role};
pub(crate) use recorded::Recorded;
pub(crate) use scope::Scope;
pub use spawn::{InCurrentObservation, WithContext, carry, trace_id};
pub(crate) use trace::{Trace, is_local};
use whole::Around;
pub use within::{Within, in_context, in_evaluators, in_prompt, with_context, with_evaluators, with_prompt};
