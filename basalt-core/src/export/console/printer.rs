//! What trees are printed by.

use std::{
    fmt,
    io::{self, Write},
};

use crate::foreign;

type Print = Box<dyn Fn(&str) + Send + Sync>;

/// Standard error, or what the program has of its own.
#[derive(Default)]
pub(crate) struct Printer(Option<Print>);

impl Printer {
    pub(crate) fn new(print: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Some(Box::new(print)))
    }

    pub(super) fn print(&self, text: &str) -> io::Result<()> {
        match &self.0 {
            Some(print) => {
                return foreign::call(|| print(text)).ok_or_else(|| io::Error::other("the printer panicked"));
            }
            None => io::stderr().lock().write_all(text.as_bytes())?,
        }
        Ok(())
    }
}

impl fmt::Debug for Printer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Printer(custom)" } else { "Printer(stderr)" })
    }
}
