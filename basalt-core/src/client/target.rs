//! Where the API is, and how it is spoken to.

use std::time::Duration;

use reqwest::Url;

use crate::secret::Secret;

/// What `BASALT_API_URL` stands for when nobody sets it.
const BASALT: &str = "https://api.getbasalt.ai";

/// A checked base of the API's URLs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiUrl(Url);

impl ApiUrl {
    pub(crate) fn parse(url: &str) -> Result<Self, &'static str> {
        let url = Url::parse(url.trim()).map_err(|_| "is no URL")?;
        match url.scheme() {
            "http" | "https" if !url.has_host() => Err("names no host"),
            "https" if !cfg!(feature = "tls") => {
                Err("needs TLS: enable the feature `tls` of basalt-core, or use http")
            }
            "http" | "https" if !url.username().is_empty() || url.password().is_some() => {
                Err("has a password in it, which would end up in logs: use the API key")
            }
            "http" | "https" if url.query().is_some() || url.fragment().is_some() => {
                Err("has a query, and paths are added to its end")
            }
            "http" | "https" => Ok(Self(url)),
            _ => Err("has a scheme other than http and https"),
        }
    }

    /// With path segments added, each encoded.
    pub(super) fn join<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    pub(super) fn is_secure(&self) -> bool {
        self.0.scheme() == "https"
    }
}

/// The API, as one program speaks to it.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// None for Basalt's own.
    pub(crate) url: Option<ApiUrl>,
    pub(crate) key: Option<Secret>,
    /// For one attempt.
    pub(crate) timeout: Duration,
    /// At least one.
    pub(crate) attempts: u32,
    /// How long a prompt is fresh.
    pub(crate) prompt_ttl: Duration,
}

impl Target {
    pub(super) fn base(&self) -> Result<ApiUrl, &'static str> {
        self.url.clone().map_or_else(|| ApiUrl::parse(BASALT), Ok)
    }
}

impl Default for Target {
    fn default() -> Self {
        Self {
            url: None,
            key: None,
            timeout: Duration::from_secs(10),
            attempts: 3,
            prompt_ttl: Duration::from_secs(5 * 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_added_to_whatever_path_there_is_and_never_leave_it() {
        for (base, expected) in [
            ("http://h", "http://h/prompts/a%2Fb"),
            ("http://h/", "http://h/prompts/a%2Fb"),
            ("http://h:1/v2/api/", "http://h:1/v2/api/prompts/a%2Fb"),
        ] {
            assert_eq!(ApiUrl::parse(base).unwrap().join(["prompts", "a/b"]).as_str(), expected);
        }
        let url = ApiUrl::parse("http://h/v1").unwrap().join(["prompts", "../x?y#z", "ü %"]);
        assert_eq!(url.as_str(), "http://h/v1/prompts/..%2Fx%3Fy%23z/%C3%BC%20%25");
    }

    #[test]
    fn what_is_no_base_of_an_api_is_refused() {
        for url in
            ["", "api.getbasalt.ai", "ftp://h", "http://", "http://u:p@h", "http://h/?a=b", "http://h/#a"]
        {
            assert!(ApiUrl::parse(url).is_err(), "{url}");
        }
    }
}
