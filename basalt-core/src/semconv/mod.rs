//! Attribute keys, constants only: what goes on the wire is spelled here and nowhere else.

pub mod basalt;
pub mod gen_ai;
pub mod http;
mod own;
pub mod rpc;

pub(crate) use own::is_own;
