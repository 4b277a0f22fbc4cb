//! What stands for TLS in a build without the feature `tls`: there is none.

#[cfg(any(feature = "client", feature = "otlp"))]
use std::future::Ready;

#[cfg(any(feature = "client", feature = "otlp"))]
use crate::{
    http_client::{Stream, Version},
    secret::Secret,
};

#[derive(Debug, Clone, Default)]
pub(crate) struct Provider(());

impl Provider {
    pub(crate) fn chosen(self) -> Self {
        self
    }

    /// `https` is refused before anybody asks.
    pub(crate) fn is_missing(&self) -> bool {
        false
    }
}

#[cfg(any(feature = "client", feature = "otlp"))]
#[derive(Debug, Clone, Copy, Default)]
#[expect(dead_code, reason = "nobody reads them")]
pub(crate) struct Certificates<'a> {
    pub(crate) root: Option<&'a str>,
    pub(crate) client: Option<&'a (String, Secret)>,
}

#[cfg(feature = "otlp")]
impl Certificates<'_> {
    pub(crate) fn check(self) -> Result<(), String> {
        Ok(())
    }
}

#[cfg(any(feature = "client", feature = "otlp"))]
#[derive(Debug, Clone)]
pub(crate) enum Tls {}

#[cfg(any(feature = "client", feature = "otlp"))]
impl Tls {
    pub(crate) fn new(_: &Provider, _: Certificates<'_>, _: Version) -> Result<Option<Self>, String> {
        Ok(None)
    }

    pub(crate) fn connect(&self, _: &str, _: Stream) -> Ready<Result<Stream, String>> {
        match *self {}
    }

    pub(crate) fn connect_to_proxy(&self, _: &str, _: Stream) -> Ready<Result<Stream, String>> {
        match *self {}
    }
}
