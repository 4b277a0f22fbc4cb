//! What the tests are made of: a collector, a server, a client that goes away when it is told to, and the
//! replay of conformance vectors.

pub mod actix_server;
pub mod api_server;
pub mod bridged;
pub mod chat_service;
pub mod client;
pub mod collector;
pub mod corpus;
pub mod endless;
pub mod gate;
pub mod grpc;
pub mod lines;
pub mod observed;
pub mod port;
pub mod program;
pub mod server;
pub mod twins;
pub mod vectors;
pub mod wait;

/// The examples of docs/interop.md, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../docs/interop.md")]
struct Interop;

/// The examples of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// The examples of docs/deployment.md, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../docs/deployment.md")]
struct Deployment;
