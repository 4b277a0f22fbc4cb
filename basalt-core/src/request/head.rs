//! The visitor, described once, borrowed.

use std::{fmt, net::SocketAddr};

use http::{HeaderName, header::HOST};

use super::fields::Value;
use crate::context::Headers;

/// What a front knows of a request before anybody answers it. After this the framework is forgotten.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    /// As sent, case included.
    pub method: &'a str,
    /// Without the query.
    pub path: &'a str,
    /// Without the question mark.
    pub query: Option<&'a str>,
    /// `http` or `https`; none if the front cannot tell.
    pub scheme: Option<&'a str>,
    /// The host and port of the target, where the target names them: over HTTP/2, and through proxies. Elsewhere the
    /// `host` header does.
    pub authority: Option<&'a str>,
    /// The route template; none if no route matched, or not yet.
    pub route: Option<&'a str>,
    /// `1.0`, `1.1`, `2` or `3`.
    pub version: Option<&'static str>,
    /// The other end of the connection.
    pub peer: Option<SocketAddr>,
    /// All headers.
    pub headers: &'a dyn Headers,
}

impl<'a> Head<'a> {
    /// The host the client named, with its port if it named one.
    #[must_use]
    pub fn host(&self) -> Option<&'a str> {
        self.authority.or_else(|| self.named(&HOST))
    }

    /// The value of a header, trimmed; none if it is absent, given more than once, blank or not UTF-8. The
    /// name is given in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a str> {
        one(|each| self.headers.values(name, each))
    }

    /// The same, of a name that need not be read again.
    pub(super) fn named(&self, name: &HeaderName) -> Option<&'a str> {
        only(self.headers, name)
    }
}

/// The one value of a header, as [`Head::header`].
pub(super) fn only<'a>(headers: &'a dyn Headers, name: &HeaderName) -> Option<&'a str> {
    one(|each| headers.named(name, each))
}

fn one<'a>(values: impl FnOnce(&mut dyn FnMut(&'a [u8]))) -> Option<&'a str> {
    let mut seen = Value::default();
    values(&mut |value| seen.add(value));
    seen.text()
}

#[cfg(test)]
impl<'a> Head<'a> {
    /// A request of which nothing is known but its headers.
    pub(super) fn nothing(headers: &'a dyn Headers) -> Self {
        Self {
            method: "GET",
            path: "/",
            query: None,
            scheme: None,
            authority: None,
            route: None,
            version: None,
            peer: None,
            headers,
        }
    }
}

impl fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Head")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("route", &self.route)
            .finish_non_exhaustive()
    }
}
