//! A `ServiceRequest`, described.

use actix_web::{
    dev::ServiceRequest,
    http::{Version, header::HeaderMap, uri::Authority},
};
use basalt_core::{
    context::{Headers, Names},
    request::Head,
};

/// The headers as the core reads them, whatever version of `http` they are of.
pub(crate) struct HeaderFields<'a>(pub(crate) &'a HeaderMap);

impl Headers for HeaderFields<'_> {
    fn values<'h>(&'h self, name: &str, each: &mut dyn FnMut(&'h [u8])) {
        // Actix reads a name that it is given as text, and copies it, every time.
        let wanted = self.0.iter().filter(|(header, _)| header.as_str() == name);
        wanted.for_each(|(_, value)| each(value.as_bytes()));
    }

    fn several<'h>(&'h self, names: &Names, each: &mut dyn FnMut(usize, &'h [u8])) {
        names.sift(self.0.iter().map(|(name, value)| (name.as_str(), value.as_bytes())), each);
    }
}

/// Borrows from the request.
pub(crate) fn head<'a>(
    request: &'a ServiceRequest,
    route: Option<&'a str>,
    headers: &'a HeaderFields<'a>,
) -> Head<'a> {
    let uri = request.uri();
    Head {
        method: request.method().as_str(),
        path: uri.path(),
        query: uri.query(),
        scheme: uri.scheme_str().or(request.app_config().secure().then_some("https")),
        authority: uri.authority().map(Authority::as_str),
        route,
        version: version(request.version()),
        peer: request.peer_addr(),
        headers,
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
