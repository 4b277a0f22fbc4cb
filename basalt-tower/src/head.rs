//! A `http::Request`, described.

use std::net::SocketAddr;

use basalt_core::request::Head;
use http::{Extensions, Request, Version};

/// Borrows from the request.
pub(crate) fn head<B>(request: &Request<B>) -> Head<'_> {
    let uri = request.uri();
    Head {
        method: request.method().as_str(),
        path: uri.path(),
        query: uri.query(),
        scheme: uri.scheme_str(),
        authority: uri.authority().map(http::uri::Authority::as_str),
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

/// As the server has left it there, or whoever stands between.
fn peer(extensions: &Extensions) -> Option<SocketAddr> {
    of_axum(extensions).or_else(|| of_tonic(extensions)).or_else(|| extensions.get().copied())
}

#[cfg(feature = "axum")]
fn of_axum(extensions: &Extensions) -> Option<SocketAddr> {
    let connection = extensions.get::<axum::extract::ConnectInfo<SocketAddr>>();
    connection.map(|connection| connection.0)
}

#[cfg(not(feature = "axum"))]
fn of_axum(_: &Extensions) -> Option<SocketAddr> {
    None
}

#[cfg(feature = "tonic")]
fn of_tonic(extensions: &Extensions) -> Option<SocketAddr> {
    use tonic::transport::server::TcpConnectInfo;

    let connection = extensions.get::<TcpConnectInfo>();
    #[cfg(feature = "tonic-tls")]
    let connection = connection.or_else(|| {
        use tonic::transport::server::TlsConnectInfo;
        extensions.get::<TlsConnectInfo<TcpConnectInfo>>().map(TlsConnectInfo::get_ref)
    });
    connection?.remote_addr()
}

#[cfg(not(feature = "tonic"))]
fn of_tonic(_: &Extensions) -> Option<SocketAddr> {
    None
}
