//! One HTTP exchange, whatever the framework: what a front asks of the core.
//!
//! A front describes the request as a [`Head`], has the [`Observer`] open an [`Exchange`], and moves that
//! through its future and its body, telling it what happens. Whoever drops the exchange ends the span.
//! Nothing about a request is decided in a front.

mod beginning;
mod capture;
mod describe;
mod exchange;
mod fields;
mod filter;
mod forwarded;
#[cfg(test)]
mod fuzz;
mod head;
mod identify;
mod inbound;
mod list;
mod observer;
mod options;
mod outcome;
mod query;
mod refine;
mod route;
mod rpc;
mod tee;

pub use capture::CaptureHttp;
pub use exchange::Exchange;
pub use head::Head;
/// A header's name, of the `http` that the core speaks.
pub use http::HeaderName as Name;
pub use identify::{HeaderIdentity, header_name, identified};
pub use inbound::Inbound;
pub use observer::Observer;
pub use rpc::is_call;
pub use tee::Tee;
