//! Texts from outside that come again and again: hosts, user agents, routes.

use std::{cell::RefCell, sync::Arc};

/// Texts that are kept, on each thread.
const KEPT: usize = 64;
/// Longer ones are not: what is kept is bounded, whoever chooses it.
const LONGEST: usize = 256;

thread_local! {
    static TEXTS: RefCell<[Option<Arc<str>>; KEPT]> = const { RefCell::new([const { None }; KEPT]) };
}

/// The text, without a copy if this thread has met it lately. A later text may take the place of an earlier one.
pub(crate) fn shared(text: &str) -> Arc<str> {
    if text.len() > LONGEST {
        return text.into();
    }
    let found = TEXTS.try_with(|texts| {
        let mut texts = texts.try_borrow_mut().ok()?;
        let kept = texts.get_mut(place(text) % KEPT)?;
        match kept {
            Some(kept) if **kept == *text => Some(Arc::clone(kept)),
            _ => Some(Arc::clone(kept.insert(text.into()))),
        }
    });
    found.ok().flatten().unwrap_or_else(|| text.into())
}

/// By the length and both ends, which tell hosts, agents and routes of one service well enough apart.
fn place(text: &str) -> usize {
    let end = |bytes: Option<&[u8; 4]>| bytes.map_or(0, |bytes| u32::from_ne_bytes(*bytes) as usize);
    let bytes = text.as_bytes();
    let ends = end(bytes.first_chunk()).wrapping_mul(31) ^ end(bytes.last_chunk());
    (ends ^ text.len()).wrapping_mul(0x9e37_79b9) >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_comes_again_is_not_copied() {
        let first = shared("shop.example:8080");
        assert_eq!(&*first, "shop.example:8080");
        assert!(Arc::ptr_eq(&first, &shared("shop.example:8080")));
    }

    #[test]
    fn whatever_comes_between_each_text_is_itself() {
        for number in 0..1_000 {
            let text = format!("/{number}/{}", "é".repeat(number % 200));
            assert_eq!(*shared(&text), text);
            assert_eq!(*shared(""), *"");
        }
    }
}
