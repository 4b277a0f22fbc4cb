//! Names that become parts of URLs and requests, checked before anything is sent.

use thiserror::Error;

/// Bytes of a name; no slug, tag or version is longer.
const LONGEST: usize = 256;

/// A name that the API cannot mean anything by. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the {argument} {reason}")]
pub struct InvalidName {
    argument: &'static str,
    reason: &'static str,
}

/// The name without surrounding blanks.
pub(super) fn checked<'a>(argument: &'static str, name: &'a str) -> Result<&'a str, InvalidName> {
    let name = name.trim();
    let reason = if name.is_empty() {
        "is blank: give the one that Basalt shows"
    } else if name.len() > LONGEST {
        "is longer than 256 bytes: give the one that Basalt shows, not a text"
    } else if name.chars().any(char::is_control) {
        "has control characters, such as line breaks: remove them"
    } else if name == "." || name == ".." {
        "is a path: give the one that Basalt shows"
    } else {
        return Ok(name);
    };
    Err(InvalidName { argument, reason })
}

/// The same of what may be left out; a blank one is.
pub(super) fn optional<'a>(
    argument: &'static str,
    name: Option<&'a str>,
) -> Result<Option<&'a str>, InvalidName> {
    let name = name.filter(|name| !name.trim().is_empty());
    name.map(|name| checked(argument, name)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_refused_with_the_cure_and_odd_ones_pass() {
        let long = "a".repeat(10 * 1024);
        for name in ["", " \t", ".", " .. ", "a\nb", "a\0", "\u{7f}", &long] {
            assert!(checked("slug", name).is_err(), "{name:?}");
        }
        for name in [" qa ", "../x?y#z", "größe 1", "a%2Fb", "..."] {
            assert_eq!(checked("slug", name), Ok(name.trim()));
        }
        assert_eq!(optional("tag", Some(" ")), Ok(None));
        assert!(optional("tag", Some("a\rb")).is_err());
    }
}
