//! The members of an outgoing `baggage` header: what others have put there, then what the trace says.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::{
    Baggage,
    baggage::{BAGGAGE, BYTES, MEMBERS},
};

/// W3C Baggage: what is no `baggage-octet`, and the percent sign itself.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%').add(b',').add(b';').add(b'\\');

/// Writes what is said, in place of whatever the header says under a key that is allowed: a user of before
/// must not keep a name beside a new id. All other members stay as they are.
pub(super) fn replace(
    headers: &mut HeaderMap,
    allowed: Baggage,
    said: impl Iterator<Item = (&'static str, Arc<str>)>,
) {
    let mut members = Members::default();
    for line in headers.get_all(BAGGAGE) {
        let others = line.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        others.filter(|member| !allowed.allows(key(member))).for_each(|member| members.push(member));
    }
    for (key, text) in said {
        members.push_if_it_fits(&format!("{key}={}", utf8_percent_encode(&text, ESCAPED)));
    }
    match HeaderValue::from_bytes(&members.line) {
        Ok(line) if members.count > 0 => headers.insert(HeaderName::from_static(BAGGAGE), line),
        _ => headers.remove(BAGGAGE),
    };
}

#[derive(Debug, Default)]
struct Members {
    line: Vec<u8>,
    count: usize,
}

impl Members {
    fn push(&mut self, member: &[u8]) {
        if member.is_empty() {
            return;
        }
        if self.count > 0 {
            self.line.push(b',');
        }
        self.line.extend_from_slice(member);
        self.count += 1;
    }

    fn push_if_it_fits(&mut self, member: &str) {
        let comma = usize::from(self.count > 0);
        if self.count < MEMBERS && self.line.len() + comma + member.len() <= BYTES {
            self.push(member.as_bytes());
        }
    }
}

/// The key of a member; none is no key of ours.
fn key(member: &[u8]) -> &str {
    let key = member.split(|byte| matches!(byte, b'=' | b';')).next().unwrap_or_default();
    std::str::from_utf8(key.trim_ascii()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::semconv::basalt::{USER_ID, USER_NAME};

    /// The header after a user was written into these lines.
    fn written(lines: &[&str], said: &[(&'static str, &str)]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(BAGGAGE, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        let said = said.iter().map(|(key, text)| (*key, Arc::from(*text)));
        replace(&mut headers, Baggage::none().identity(), said);
        assert!(headers.get_all(BAGGAGE).iter().count() <= 1, "one line");
        headers.get(BAGGAGE).map(|line| String::from_utf8(line.as_bytes().to_vec()).unwrap())
    }

    #[test]
    fn what_is_no_octet_of_baggage_is_encoded() {
        for (text, expected) in [
            ("u-1", "u-1"),
            ("a b", "a%20b"),
            ("a,b;c\"d\\e%f", "a%2Cb%3Bc%22d%5Ce%25f"),
            ("a=b+c/d?e@f", "a=b+c/d?e@f"),
            ("Zoé 🦀", "Zo%C3%A9%20%F0%9F%A6%80"),
            ("a\r\nb\u{7f}", "a%0D%0Ab%7F"),
        ] {
            assert_eq!(written(&[], &[(USER_ID, text)]), Some(format!("basalt.user.id={expected}")));
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let allowed = Baggage::none().identity();
        for text in ["u-1", "a b", "a,b;c\"d\\e%f", "100%25", "a=b", "Zoé 🦀", &"é".repeat(128)] {
            let mut headers = HeaderMap::new();
            replace(&mut headers, allowed, [(USER_ID, Arc::from(text))].into_iter());
            assert_eq!(allowed.read(&headers).identity.user_id(), Some(text));
        }
    }

    #[test]
    fn members_of_others_stay_as_they_are() {
        let lines = ["a=1;secret , b=%41", "", "session.id=s, c=é,,nonsense"];
        let expected = "a=1;secret,b=%41,session.id=s,c=é,nonsense,basalt.user.id=u";
        assert_eq!(written(&lines, &[(USER_ID, "u")]).as_deref(), Some(expected));
    }

    #[test]
    fn of_what_is_allowed_the_trace_alone_decides() {
        let lines = ["basalt.user.id=old,a=1", "basalt.user.name = Ada;x=1", "basalt.user.id=older"];
        assert_eq!(written(&lines, &[(USER_ID, "new")]).as_deref(), Some("a=1,basalt.user.id=new"));
        assert_eq!(written(&lines, &[]).as_deref(), Some("a=1"));
        assert_eq!(written(&["basalt.user.id=old"], &[]), None);
        assert_eq!(written(&[], &[]), None);
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_never_cut() {
        let others = |count: usize| vec!["a=1"; count].join(",");
        let both = [(USER_ID, "u"), (USER_NAME, "Ada")];
        assert_eq!(written(&[&others(62)], &both).unwrap().split(',').count(), 64);
        assert!(written(&[&others(63)], &both).unwrap().ends_with(",a=1,basalt.user.id=u"));
        assert_eq!(written(&[&others(64)], &both), Some(others(64)));
        assert_eq!(written(&[&others(99)], &both), Some(others(99)), "others are not ours to cut");

        let padding = |rest: usize| format!("a={}", "x".repeat(BYTES - rest - 2));
        let id = ",basalt.user.id=u".len();
        assert_eq!(written(&[&padding(id)], &[(USER_ID, "u")]).unwrap().len(), BYTES);
        assert_eq!(written(&[&padding(id - 1)], &[(USER_ID, "u")]), Some(padding(id - 1)));
        let long = "n".repeat(BYTES);
        assert_eq!(written(&[], &[(USER_NAME, &long), (USER_ID, "u")]).as_deref(), Some("basalt.user.id=u"));
    }
}
