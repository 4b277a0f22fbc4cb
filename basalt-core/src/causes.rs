//! Errors in one line.

use std::error::Error;

use crate::foreign::{self, Shown};

/// Causes that are named: a chain may have no end.
const MOST: usize = 16;
/// Bytes of one cause.
const LONGEST: usize = 1024;

/// An error with its causes, each once.
pub(crate) fn chain(what: &str, error: &dyn Error) -> String {
    let mut text = what.to_owned();
    let mut next = Some(error);
    for _ in 0..MOST {
        let Some(error) = next else { break };
        let Shown { text: said, .. } = foreign::shown(error, LONGEST);
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = foreign::call(|| error.source()).flatten();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    #[derive(Debug)]
    struct Odd {
        text: &'static str,
        source: fn(&Odd) -> Option<&(dyn Error + 'static)>,
    }

    impl fmt::Display for Odd {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            if self.text.is_empty() { Err(fmt::Error) } else { f.write_str(self.text) }
        }
    }

    impl Error for Odd {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            (self.source)(self)
        }
    }

    #[test]
    fn a_chain_without_end_and_one_that_panics_are_as_long_as_they_can_be_read() {
        assert_eq!(chain("it", &Odd { text: "odd", source: |odd| Some(odd) }), "it: odd");
        assert_eq!(chain("it", &Odd { text: "odd", source: |_| panic!("on purpose") }), "it: odd");
        assert_eq!(chain("it", &Odd { text: "", source: |_| None }), "it: [failed to format]");
    }
}
