//! Where the API is, and how it is spoken to.

use std::time::Duration;

use http::Uri;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    secret::Secret,
    tls::Provider,
    uri::{has_bad_port, has_password},
};

/// What `BASALT_API_URL` stands for when nobody sets it.
const BASALT: &str = "https://api.getbasalt.ai";

/// What no URL has as it is. Source: the WHATWG's URL standard, fragments.
const NEVER: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`');
/// What would end a segment of a path. Source: the same, paths.
const SEGMENT: &AsciiSet = &NEVER.add(b'#').add(b'?').add(b'{').add(b'}').add(b'/').add(b'\\').add(b'%');
/// What a parameter of a query has as it is stays. Source: the same, `application/x-www-form-urlencoded`.
const PARAMETER: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// A checked base of the API's URLs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiUrl(Uri);

impl ApiUrl {
    pub(crate) fn parse(url: &str) -> Result<Self, &'static str> {
        let uri = parsed(url).ok_or("is no URL")?;
        match uri.scheme_str() {
            Some("https") if !cfg!(feature = "tls") => {
                Err("needs TLS: enable the feature `tls` of basalt-core, or use http")
            }
            Some("http" | "https") if has_password(&uri) => {
                Err("has a password in it, which would end up in logs: use the API key")
            }
            Some("http" | "https") if uri.query().is_some() || url.contains('#') => {
                Err("has a query, and paths are added to its end")
            }
            Some("http" | "https") => Ok(Self(uri)),
            Some(_) => Err("has a scheme other than http and https"),
            None => Err("is no URL"),
        }
    }

    /// With path segments added, each encoded. `None` where it is longer than a URI may be.
    pub(super) fn join<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Option<Uri> {
        let path = self.0.path();
        let mut path = path.strip_suffix('/').unwrap_or(path).to_owned();
        for segment in segments {
            path.push('/');
            path.extend(utf8_percent_encode(segment, SEGMENT));
        }
        with_path(&self.0, &path)
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }
}

/// What is written as a URL; what no URI has as it is, is encoded.
pub(super) fn parsed(url: &str) -> Option<Uri> {
    let url: String = utf8_percent_encode(url.trim(), NEVER).collect();
    let uri: Uri = url.parse().ok()?;
    // Names beyond ASCII have a form of their own, which whoever gives them has to write.
    uri.host()
        .is_some_and(|host| !host.is_empty() && !host.contains('%') && !has_bad_port(&uri))
        .then_some(uri)
}

/// With parameters added. `None` where it is longer than a URI may be.
pub(super) fn with_parameters(uri: &Uri, parameters: &[(&str, String)]) -> Option<Uri> {
    let encoded = |text| utf8_percent_encode(text, PARAMETER).to_string().replace("%20", "+");
    let query: Vec<_> =
        parameters.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    with_path(uri, &format!("{}?{}", uri.path(), query.join("&")))
}

pub(super) fn without_query(uri: &Uri) -> Uri {
    with_path(uri, uri.path()).unwrap_or_default()
}

fn with_path(uri: &Uri, path_and_query: &str) -> Option<Uri> {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.parse().ok()?);
    Uri::from_parts(parts).ok()
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
    /// For `https`.
    pub(crate) provider: Provider,
}

impl Target {
    pub(crate) fn base(&self) -> Result<ApiUrl, &'static str> {
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
            provider: Provider::default(),
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
            assert_eq!(ApiUrl::parse(base).unwrap().join(["prompts", "a/b"]).unwrap(), expected);
        }
        let url = ApiUrl::parse("http://h/v1").unwrap().join(["prompts", "../x?y#z", "ü %"]).unwrap();
        assert_eq!(url, "http://h/v1/prompts/..%2Fx%3Fy%23z/%C3%BC%20%25");
    }

    #[test]
    fn what_is_no_base_of_an_api_is_refused() {
        for url in [
            "",
            "api.getbasalt.ai",
            "ftp://h",
            "http://",
            "http://u:p@h",
            "http://h/?a=b",
            "http://h/#a",
            "http://h:port",
            "https://h:65536",
        ] {
            assert!(ApiUrl::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn any_text_is_a_segment_or_a_parameter_and_is_read_back_as_it_was() {
        let base = ApiUrl::parse("https://h/v1").unwrap();
        for code in (1..0x300).chain([0x2028, 0x1F600]) {
            let text = format!("a{}b", char::from_u32(code).unwrap());
            let url = base.join([&*text]).unwrap();
            let segment = url.path().strip_prefix("/v1/").unwrap();
            assert!(!segment.contains('/') && url.query().is_none(), "{url}");
            assert_eq!(percent_encoding::percent_decode_str(segment).decode_utf8().unwrap(), text);
            let url = with_parameters(&url, &[("q", text.clone()), ("n", "1 + 1".to_owned())]).unwrap();
            let (first, second) = url.query().unwrap().split_once('&').unwrap();
            let value = first.strip_prefix("q=").unwrap().replace('+', " ");
            assert_eq!(percent_encoding::percent_decode_str(&value).decode_utf8().unwrap(), text);
            assert_eq!(second, "n=1+%2B+1");
        }
    }

    #[test]
    fn a_url_that_is_too_long_is_none() {
        let base = ApiUrl::parse("https://h").unwrap();
        assert_eq!(base.join([&*"x".repeat(70_000)]), None);
    }

    #[test]
    fn addresses_of_storage_are_read_as_browsers_do() {
        assert_eq!(parsed(" https://s/a b?x=<y>#z ").unwrap(), "https://s/a%20b?x=%3Cy%3E");
        for url in ["", "/path", "https://", "mailto:a@b"] {
            assert!(parsed(url).is_none_or(|uri| uri.scheme().is_none()), "{url}");
        }
        assert_eq!(without_query(&parsed("https://s:1/a?secret").unwrap()), "https://s:1/a");
    }
}
