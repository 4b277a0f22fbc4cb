//! Which proxy a connection goes through: one that was given, or those of the environment.
//!
//! The environment is read as curl does: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or not. A
//! proxy of the environment is not asked for what runs on this machine.

use std::sync::Arc;

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

#[cfg(feature = "otlp")]
use crate::uri::has_bad_port;
use crate::uri::is_loopback;

/// Clones share it. Credentials are not shown.
#[derive(Debug, Clone)]
pub(crate) struct Proxies {
    matcher: Arc<Matcher>,
    given: bool,
}

impl Proxies {
    pub(crate) fn of_environment() -> Self {
        Self { matcher: Arc::new(Matcher::from_env()), given: false }
    }

    /// One for everything. The error does not repeat the URL, which may hold a password.
    #[cfg(feature = "otlp")]
    pub(crate) fn given(url: &str) -> Result<Self, &'static str> {
        const CURE: &str = "`proxy`: it is no URL of an HTTP proxy: write it as http://host:3128";
        let matcher = Matcher::builder().all(url.trim().to_owned()).build();
        let usable = matcher
            .intercept(&Uri::from_static("https://collector/"))
            .is_some_and(|proxy| speaks_http(&proxy) && !has_bad_port(proxy.uri()));
        if usable { Ok(Self { matcher: Arc::new(matcher), given: true }) } else { Err(CURE) }
    }

    /// Whether a proxy for `http` wants TLS itself.
    #[cfg(feature = "otlp")]
    pub(crate) fn are_secure(&self) -> bool {
        let proxy = self.matcher.intercept(&Uri::from_static("http://collector/"));
        proxy.is_some_and(|proxy| proxy.uri().scheme_str() == Some("https"))
    }

    /// The proxy on the way to a URI, if there is one.
    pub(super) fn on_the_way(&self, target: &Uri) -> Option<Intercept> {
        self.matcher.intercept(target).filter(|_| self.given || !is_loopback(target))
    }
}

/// Over TCP or TLS.
pub(super) fn speaks_http(proxy: &Intercept) -> bool {
    matches!(proxy.uri().scheme_str(), Some("http" | "https"))
}

#[cfg(feature = "otlp")]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_a_url_of_http_and_its_password_is_not_shown() {
        for url in ["http://p:3128", "https://p", " p:3128 ", "http://ann:s3cret@p:3128"] {
            let proxies = Proxies::given(url).unwrap();
            assert!(proxies.on_the_way(&Uri::from_static("http://127.0.0.1:4318/")).is_some(), "{url}");
            assert!(!format!("{proxies:?}").contains("s3cret"));
        }
        for url in ["", "socks5://p", "ftp://p", "http://", "a b", "http://p:port"] {
            assert!(Proxies::given(url).is_err(), "{url}");
        }
    }

    #[test]
    fn only_a_proxy_that_was_given_is_asked_for_what_runs_here() {
        let matcher = Arc::new(Matcher::builder().all("http://p:3128").no("near.test").build());
        let proxies = Proxies { matcher, given: false };
        for (url, asked) in [
            ("https://far.test/", true),
            ("http://far.test/", true),
            ("https://near.test/", false),
            ("http://localhost:4318/", false),
            ("https://127.0.0.1:4317/", false),
            ("http://[::1]:4317/", false),
        ] {
            assert_eq!(proxies.on_the_way(&url.parse().unwrap()).is_some(), asked, "{url}");
        }
    }
}
