//! Requests that are none of our business.

/// Paths that are not observed.
#[derive(Debug, Clone, Default)]
pub(super) struct Filter(Vec<Pattern>);

#[derive(Debug, Clone)]
enum Pattern {
    Path(String),
    /// With the slash at its end: everything below, not the path itself.
    Below(String),
}

impl Filter {
    /// `/health` is one path, `/static/*` is everything below `/static/`.
    pub(super) fn add(&mut self, pattern: &str) {
        self.0.push(match pattern.strip_suffix('*') {
            Some(prefix) if prefix.ends_with('/') => Pattern::Below(prefix.to_owned()),
            _ => Pattern::Path(pattern.to_owned()),
        });
    }

    pub(super) fn excludes(&self, path: &str) -> bool {
        self.0.iter().any(|pattern| match pattern {
            Pattern::Path(excluded) => path == excluded,
            Pattern::Below(prefix) => path.starts_with(prefix.as_str()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_excludes_what_is_below_and_nothing_else() {
        let mut filter = Filter::default();
        filter.add("/health");
        filter.add("/static/*");
        for path in ["/health", "/static/a.css", "/static/a/b", "/static/"] {
            assert!(filter.excludes(path), "{path}");
        }
        for path in ["/health/", "/healthy", "/static", "/statics", "/", ""] {
            assert!(!filter.excludes(path), "{path}");
        }
    }
}
