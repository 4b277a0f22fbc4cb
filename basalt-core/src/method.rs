//! HTTP methods that are written as they are, and the names of spans that begin with one.

use std::{borrow::Cow, sync::Arc};

use opentelemetry::Value;

/// OpenTelemetry's list. Methods are case-sensitive.
const KNOWN: [&str; 10] =
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE", "QUERY"];

/// A method as it may be written: known, or `_OTHER`, so that nobody outside chooses names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Method {
    Known(&'static str),
    Listed(Arc<str>),
    Other,
}

impl Method {
    /// `listed` replaces OpenTelemetry's list.
    pub(crate) fn of(method: &str, listed: Option<&[Arc<str>]>) -> Self {
        match listed {
            None => KNOWN.into_iter().find(|known| *known == method).map_or(Self::Other, Self::Known),
            Some(listed) => match listed.iter().find(|known| &***known == method) {
                Some(known) => Self::Listed(Arc::clone(known)),
                None => Self::Other,
            },
        }
    }

    /// What a span is called: `{method} {route}`, or the method alone where no route matched. Never the path.
    pub(crate) fn name_with(&self, route: Option<&str>) -> Cow<'static, str> {
        match (self, route) {
            (Self::Known(method), None) => Cow::Borrowed(method),
            (method, None) => Cow::Owned(method.in_name().to_owned()),
            (method, Some(route)) => {
                let method = method.in_name();
                let mut name = String::with_capacity(method.len() + 1 + route.len());
                name.push_str(method);
                name.push(' ');
                name.push_str(route);
                Cow::Owned(name)
            }
        }
    }

    fn in_name(&self) -> &str {
        match self {
            Self::Known(method) => method,
            Self::Listed(method) => method,
            Self::Other => "HTTP",
        }
    }

    /// What stands in the attribute.
    pub(crate) fn value(&self) -> Value {
        match self {
            Self::Known(method) => (*method).into(),
            Self::Listed(method) => Arc::clone(method).into(),
            Self::Other => "_OTHER".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_case_sensitive() {
        assert_eq!(Method::of("GET", None), Method::Known("GET"));
        assert_eq!(Method::of("get", None), Method::Other);
        assert_eq!(Method::of("BREW", None), Method::Other);
    }

    #[test]
    fn a_list_replaces_the_usual_methods() {
        let listed = ["BREW".into()];
        assert_eq!(Method::of("BREW", Some(&listed)), Method::Listed("BREW".into()));
        assert_eq!(Method::of("GET", Some(&listed)), Method::Other);
    }

    #[test]
    fn a_name_is_method_and_route() {
        assert_eq!(Method::Known("GET").name_with(Some("/users/{id}")), "GET /users/{id}");
        assert_eq!(Method::Known("GET").name_with(None), "GET");
        assert_eq!(Method::Other.name_with(None), "HTTP");
        assert_eq!(Method::Other.name_with(Some("/a")), "HTTP /a");
    }
}
