//! What speaks HTTP to collectors and to the Basalt API.

use http::{HeaderMap, header};
use reqwest::{Client, ClientBuilder, redirect::Policy};

/// A client of ours. Neither a collector nor the API moves: a redirect would carry the key elsewhere.
pub(crate) fn builder() -> ClientBuilder {
    Client::builder().user_agent(concat!("basalt-rust/", env!("CARGO_PKG_VERSION"))).redirect(Policy::none())
}

/// Whether a web page has come back, as it does from a host that is something else.
pub(crate) fn is_page(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"))
}
