//! Texts from outside that come again and again: hosts, user agents, routes, addresses.

use std::{cell::RefCell, net::IpAddr, str, sync::Arc, thread::LocalKey};

/// Of each sort, on each thread.
const KEPT: usize = 64;
/// Longer ones are not kept: what is kept is bounded, whoever chooses it.
const LONGEST: usize = 256;

/// A server's address, and its port if it is named.
pub(crate) type Server = (Arc<str>, Option<u16>);

/// What was met lately. A later one may take the place of an earlier one.
type Kept<T> = RefCell<[Option<T>; KEPT]>;

thread_local! {
    static TEXTS: Kept<Arc<str>> = const { RefCell::new([const { None }; KEPT]) };
    static ADDRESSES: Kept<(IpAddr, Arc<str>)> = const { RefCell::new([const { None }; KEPT]) };
    static SERVERS: Kept<(Box<[u8]>, Server)> = const { RefCell::new([const { None }; KEPT]) };
}

/// The text, without a copy if this thread has met it lately.
pub(crate) fn shared(text: &str) -> Arc<str> {
    text_of(text.as_bytes(), || Some(text.into())).unwrap_or_else(|| text.into())
}

/// The same of a text that has not been read yet; none if it is not UTF-8.
pub(crate) fn read(bytes: &[u8]) -> Option<Arc<str>> {
    text_of(bytes, || str::from_utf8(bytes).ok().map(Arc::from))
}

fn text_of(bytes: &[u8], new: impl Fn() -> Option<Arc<str>>) -> Option<Arc<str>> {
    let given = |known: &Arc<str>| (known.as_bytes() == bytes).then(|| Arc::clone(known));
    find(&TEXTS, bytes.len(), place(bytes), given, new)
}

/// The text of an address, without formatting it if this thread has met it lately.
pub(crate) fn address(ip: IpAddr) -> Arc<str> {
    let place = match ip {
        IpAddr::V4(ip) => ip.to_bits() as usize,
        IpAddr::V6(ip) => ip.to_bits() as usize,
    };
    let given = |(known, text): &(IpAddr, Arc<str>)| (*known == ip).then(|| Arc::clone(text));
    let new = || Some((ip, ip.to_string().into()));
    find(&ADDRESSES, 0, place, given, new).unwrap_or_else(|| ip.to_string().into())
}

/// The server that a host names, as `read` reads it if this thread has not met it lately.
pub(crate) fn server(host: &[u8], read: impl Fn(&[u8]) -> Option<Server>) -> Option<Server> {
    let given = |(known, server): &(Box<[u8]>, Server)| (**known == *host).then(|| server.clone());
    find(&SERVERS, host.len(), place(host), given, || Some((host.into(), read(host)?)))
}

/// What is `given` for the one at a place, if that is the one that is looked for; otherwise for a `new` one, which is
/// kept unless it is too long.
fn find<T, R>(
    kept: &'static LocalKey<Kept<T>>,
    length: usize,
    place: usize,
    given: impl Fn(&T) -> Option<R>,
    new: impl Fn() -> Option<T>,
) -> Option<R> {
    let place = place % KEPT;
    let hit = kept.try_with(|kept| kept.borrow().get(place)?.as_ref().and_then(&given));
    if let Ok(Some(hit)) = hit {
        return Some(hit);
    }
    let new = new()?;
    let given = given(&new);
    if length <= LONGEST {
        // A thread that ends keeps nothing any more.
        let _ = kept.try_with(|kept| {
            if let Some(kept) = kept.borrow_mut().get_mut(place) {
                *kept = Some(new);
            }
        });
    }
    given
}

/// A number to find a text by: from the length and both ends, which tell the texts that come again in one service well
/// enough apart.
pub(crate) fn place(bytes: &[u8]) -> usize {
    let ends = match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => u32::from_ne_bytes(*first).wrapping_mul(31) ^ u32::from_ne_bytes(*last),
        _ => bytes.iter().fold(0, |all, byte| all << 8 | u32::from(*byte)),
    };
    (ends as usize ^ bytes.len()).wrapping_mul(0x9e37_79b9) >> 16
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
    fn what_is_no_text_is_none_and_what_is_too_long_is_not_kept() {
        assert_eq!(read(b"\xff\xfe"), None);
        assert_eq!(read(b"agent/1.0").as_deref(), Some("agent/1.0"));
        let long = "x".repeat(LONGEST + 1);
        assert!(!Arc::ptr_eq(&shared(&long), &shared(&long)));
    }

    #[test]
    fn a_server_is_read_once_and_one_that_cannot_be_read_is_none() {
        let read = |host: &[u8]| Some((shared(str::from_utf8(host).ok()?), Some(80)));
        assert_eq!(server(b"shop", read), Some(("shop".into(), Some(80))));
        assert_eq!(server(b"shop", |_| None), Some(("shop".into(), Some(80))));
        assert_eq!(server(b"shop.example", |_| None), None);
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
