//! The visitor, described once, borrowed.

use std::{fmt, net::SocketAddr, str};

use http::HeaderName;

use crate::context::{Headers, Names};

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
    /// The host the client named, with its port if it named one.
    pub host: Option<&'a str>,
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

/// The same of several headers, in the order of their names.
pub(super) fn only_ones<'a>(headers: &'a dyn Headers, names: &Names<'_>) -> [Option<&'a str>; 4] {
    let mut seen = [Seen::default(); 4];
    headers.several(names, &mut |position, value| {
        if let Some(seen) = seen.get_mut(position) {
            seen.add(value);
        }
    });
    seen.map(Seen::text)
}

fn one<'a>(values: impl FnOnce(&mut dyn FnMut(&'a [u8]))) -> Option<&'a str> {
    let mut seen = Seen::default();
    values(&mut |value| seen.add(value));
    seen.text()
}

/// The values of one header.
#[derive(Clone, Copy, Default)]
struct Seen<'a> {
    last: Option<&'a [u8]>,
    several: bool,
}

impl<'a> Seen<'a> {
    fn add(&mut self, value: &'a [u8]) {
        self.several = self.last.replace(value).is_some();
    }

    fn text(self) -> Option<&'a str> {
        let text = str::from_utf8(self.last.filter(|_| !self.several)?.trim_ascii()).ok()?;
        (!text.is_empty()).then_some(text)
    }
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
            host: None,
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
