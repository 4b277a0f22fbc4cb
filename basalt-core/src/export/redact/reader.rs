//! How the rules read a text. Every byte that they look at goes through here, and tests count them: a rule looks a
//! bounded number of bytes back and ahead, or it cuts what it has looked at, so that nothing is read over and over.

/// A text and a way to look at it that never fails.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    /// Whether the end of the text is missing.
    pub(super) cut: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// The byte at a position; 0 behind the end.
    pub(super) fn byte(&self, at: usize) -> u8 {
        work::add(1);
        self.text.as_bytes().get(at).copied().unwrap_or_default()
    }

    /// The byte before a position; 0 before the start.
    pub(super) fn before(&self, at: usize) -> u8 {
        at.checked_sub(1).map_or(0, |before| self.byte(before))
    }

    /// The text between two positions; empty if they split a character.
    pub(super) fn slice(&self, start: usize, end: usize) -> &'a str {
        work::add(end.saturating_sub(start));
        self.text.get(start..end).unwrap_or_default()
    }

    /// As far as bytes from `at` on are wanted, at most `most` of them.
    pub(super) fn skip(&self, at: usize, most: usize, wanted: impl Fn(u8) -> bool) -> usize {
        let bytes = self.text.as_bytes().get(at..).unwrap_or_default();
        let skipped = bytes.iter().take(most).take_while(|byte| wanted(**byte)).count();
        work::add(skipped + 1);
        at + skipped
    }

    /// The same backwards, from before `at`.
    pub(super) fn skip_back(&self, at: usize, most: usize, wanted: impl Fn(u8) -> bool) -> usize {
        let bytes = self.text.as_bytes().get(..at).unwrap_or_default();
        let skipped = bytes.iter().rev().take(most).take_while(|byte| wanted(**byte)).count();
        work::add(skipped + 1);
        at - skipped
    }

    /// Whether something stands at a position.
    pub(super) fn has(&self, at: usize, expected: &str) -> bool {
        work::add(expected.len());
        self.text.as_bytes().get(at..).is_some_and(|rest| rest.starts_with(expected.as_bytes()))
    }

    /// Behind the line break at `at`, as it is or as strings escape it; none if there is none.
    pub(super) fn line_break(&self, at: usize) -> Option<usize> {
        let slashes = self.skip(at, ESCAPES, |byte| byte == b'\\');
        match (self.byte(slashes), slashes > at) {
            (b'\n', false) => Some(at + 1),
            (b'\r', false) => Some(if self.byte(at + 1) == b'\n' { at + 2 } else { at + 1 }),
            (b'n', true) => Some(slashes + 1),
            (b'r', true) => {
                let feed = self.skip(slashes + 1, ESCAPES, |byte| byte == b'\\');
                let both = feed > slashes + 1 && self.byte(feed) == b'n';
                Some(if both { feed + 1 } else { slashes + 1 })
            }
            _ => None,
        }
    }

    /// Before the line break that ends right before `at`; none if there is none.
    pub(super) fn line_break_before(&self, at: usize) -> Option<usize> {
        match self.before(at) {
            b'\n' | b'\r' => Some(at - 1),
            b'n' | b'r' if self.before(at - 1) == b'\\' => {
                Some(self.skip_back(at - 1, ESCAPES, |byte| byte == b'\\'))
            }
            _ => None,
        }
    }

    /// Behind blanks and line breaks, a bounded number of them.
    pub(super) fn skip_space(&self, at: usize) -> usize {
        let mut at = at;
        for _ in 0..ESCAPES {
            at = self.skip(at, usize::MAX, |byte| byte.is_ascii_whitespace());
            let slashes = self.skip(at, ESCAPES, |byte| byte == b'\\');
            if slashes == at || !matches!(self.byte(slashes), b'n' | b'r' | b't') {
                break;
            }
            at = slashes + 1;
        }
        at
    }
}

/// Backslashes before what they escape: more than any text has that programs read.
pub(super) const ESCAPES: usize = 64;

/// Counts the bytes that are looked at.
#[cfg(test)]
pub(super) mod work {
    use std::cell::Cell;

    thread_local! {
        static LOOKED_AT: Cell<usize> = const { Cell::new(0) };
    }

    pub(crate) fn add(bytes: usize) {
        LOOKED_AT.set(LOOKED_AT.get() + bytes);
    }

    /// What `act` looks at, in bytes.
    pub(crate) fn of<R>(act: impl FnOnce() -> R) -> (R, usize) {
        let before = LOOKED_AT.get();
        let result = act();
        (result, LOOKED_AT.get() - before)
    }
}

/// Counts nothing outside tests.
#[cfg(not(test))]
pub(super) mod work {
    pub(crate) fn add(_: usize) {}
}
