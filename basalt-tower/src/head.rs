//! A `http::Request`, described.

use std::net::SocketAddr;

use basalt_core::request::Head;
use http::{Extensions, Request, Version, header};

/// Borrows from the request.
pub(crate) fn head<B>(request: &Request<B>) -> Head<'_> {
    let uri = request.uri();
    let named = || request.headers().get(header::HOST)?.to_str().ok();
    Head {
        method: request.method().as_str(),
        path: uri.path(),
        query: uri.query(),
        scheme: uri.scheme_str(),
        host: uri.authority().map(http::uri::Authority::as_str).or_else(named),
        route: route(request.extensions()),
        version: version(request.version()),
        peer: peer(request.extensions()),
        headers: request.headers(),
    }
}

fn version(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_09 => Some("0.9"),
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        Version::HTTP_3 => Some("3"),
        _ => None,
    }
}

/// The template that a router has matched.
#[cfg(feature = "axum")]
pub(crate) fn route(extensions: &Extensions) -> Option<&str> {
    extensions.get::<axum::extract::MatchedPath>().map(axum::extract::MatchedPath::as_str)
}

/// Without a router nobody names routes but the handler.
#[cfg(not(feature = "axum"))]
pub(crate) fn route(_: &Extensions) -> Option<&str> {
    None
}

#[cfg(feature = "axum")]
fn peer(extensions: &Extensions) -> Option<SocketAddr> {
    let connection = extensions.get::<axum::extract::ConnectInfo<SocketAddr>>();
    connection.map(|connection| connection.0).or_else(|| extensions.get().copied())
}

#[cfg(not(feature = "axum"))]
fn peer(extensions: &Extensions) -> Option<SocketAddr> {
    extensions.get().copied()
}
