//! Attribute keys, constants only: what goes on the wire is spelled here and nowhere else.

pub mod basalt;
pub mod gen_ai;
pub mod http;
pub mod rpc;
