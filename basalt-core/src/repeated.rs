//! Texts from outside that come again and again: hosts, user agents, routes, addresses.

use std::{cell::RefCell, net::IpAddr, sync::Arc};

/// Texts that are kept, on each thread.
const KEPT: usize = 64;
/// Longer ones are not: what is kept is bounded, whoever chooses it.
const LONGEST: usize = 256;

type Address = (IpAddr, Arc<str>);

thread_local! {
    static TEXTS: RefCell<[Option<Arc<str>>; KEPT]> = const { RefCell::new([const { None }; KEPT]) };
    static ADDRESSES: RefCell<[Option<Address>; KEPT]> = const { RefCell::new([const { None }; KEPT]) };
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

/// The text of an address, without formatting it if this thread has met it lately.
pub(crate) fn address(ip: IpAddr) -> Arc<str> {
    let place = match ip {
        IpAddr::V4(ip) => ip.to_bits() as usize,
        IpAddr::V6(ip) => ip.to_bits() as usize,
    };
    let found = ADDRESSES.try_with(|addresses| {
        let mut addresses = addresses.try_borrow_mut().ok()?;
        let kept = addresses.get_mut(place % KEPT)?;
        match kept {
            Some((known, text)) if *known == ip => Some(Arc::clone(text)),
            _ => Some(Arc::clone(&kept.insert((ip, ip.to_string().into())).1)),
        }
    });
    found.ok().flatten().unwrap_or_else(|| ip.to_string().into())
}

/// A number to find a text by: from the length and both ends, which tell the texts that come again in one service well
/// enough apart.
pub(crate) fn place(text: &str) -> usize {
    let bytes = text.as_bytes();
    let ends = match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => u32::from_ne_bytes(*first).wrapping_mul(31) ^ u32::from_ne_bytes(*last),
        _ => bytes.iter().fold(0, |all, byte| all << 8 | u32::from(*byte)),
    };
    (ends as usize ^ text.len()).wrapping_mul(0x9e37_79b9) >> 16
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
    fn an_address_is_itself_whatever_comes_between() {
        for number in (0..1_000).chain(0..1_000) {
            for ip in
                [IpAddr::from([10, 0, (number >> 8) as u8, number as u8]), IpAddr::from([number as u16; 8])]
            {
                assert_eq!(*address(ip), ip.to_string());
            }
        }
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
