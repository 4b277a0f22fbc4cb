//! Fuzz targets: trace context and baggage of callers, against slow and simple readers of the recommendations.

use std::{str, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{Context, trace::TraceContextExt};

use super::{Baggage, Claims, Headers, TRACESTATE, extract, inject, members};
use crate::{
    Experiment, Identity, current,
    fuzzing::{Fuzz, kind},
    semconv::{
        basalt::{EXPERIMENT_ID, EXPERIMENT_NAME, ORGANIZATION_ID, ORGANIZATION_NAME, USER_ID, USER_NAME},
        gen_ai::{CONVERSATION_ID, SESSION_ID},
    },
};

const ALL: Baggage = Baggage::none().identity().experiment().session().conversation();

const KEYS: [&str; 8] = [
    USER_ID,
    USER_NAME,
    ORGANIZATION_ID,
    ORGANIZATION_NAME,
    EXPERIMENT_ID,
    EXPERIMENT_NAME,
    SESSION_ID,
    CONVERSATION_ID,
];

/// The lines of one header, whatever bytes they have.
struct Lines<'a>(Vec<&'a [u8]>);

impl<'a> Lines<'a> {
    fn of(input: &'a [u8]) -> Self {
        Self(input.split(|byte| *byte == b'\n').collect())
    }
}

impl Headers for Lines<'_> {
    fn values<'h>(&'h self, _: &str, each: &mut dyn FnMut(&'h [u8])) {
        self.0.iter().copied().for_each(each);
    }
}

fn is_hex(bytes: &[u8], length: usize) -> bool {
    bytes.len() == length && bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Source: W3C Trace Context, section 3.2, and how later versions are read.
fn is_traceparent(value: &[u8]) -> bool {
    let fields: Vec<_> = value.splitn(5, |byte| *byte == b'-').collect();
    let [version, trace, span, flags, later @ ..] = fields.as_slice() else { return false };
    let zero = |id: &[u8]| id.iter().all(|digit| *digit == b'0');
    is_hex(version, 2)
        && *version != b"ff"
        && is_hex(trace, 32)
        && !zero(trace)
        && is_hex(span, 16)
        && !zero(span)
        && is_hex(flags, 2)
        && (*version != b"00" || later.is_empty())
}

#[test]
fn a_traceparent_names_a_caller_where_the_recommendation_says_so_and_is_written_as_it_was_read() {
    let corpus = [
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff-what-comes-later",
        "fe-ffffffffffffffffffffffffffffffff-ffffffffffffffff-00",
        "00-00000000000000000000000000000001-0000000000000001-02",
    ];
    let words: &[&str] =
        &["00", "ff", "01", "-", "0000000000000000", "a", "F", "é", " ", ":", "`", "@", "g", "/"];
    Fuzz::of(&corpus, words, 20_000).run(|value| {
        let caller = extract(value, false, &HeaderMap::new());
        assert_eq!(caller.is_some(), is_traceparent(value));
        let Some(caller) = caller else { return kind([value.len().min(64) as u64]) };
        let mut headers = HeaderMap::new();
        let _entered = current::attach(Context::new().with_remote_span_context(caller.clone()));
        inject(&mut headers);
        let written = headers["traceparent"].as_bytes();
        assert_eq!((written[..3].to_vec(), &written[3..53]), (b"00-".to_vec(), &value[3..53]));
        let sampled = u8::from_str_radix(str::from_utf8(&value[53..55]).unwrap(), 16).unwrap() & 1;
        assert_eq!(&written[53..], format!("{sampled:02x}").as_bytes());
        assert_eq!(extract(written, false, &headers), Some(caller));
        kind([sampled.into(), value[1].into(), value.len().min(64) as u64])
    });
}

/// Whether a key is one by level 1, which all must take, or by level 2, which allows more.
fn is_key(key: &str, level: u8) -> bool {
    let first =
        |text: &str| text.starts_with(|digit: char| digit.is_ascii_lowercase() || digit.is_ascii_digit());
    let rest = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/');
    let simple = |text: &str, longest| text.len() <= longest && text.bytes().all(rest);
    let letter = |text: &str| text.starts_with(|letter: char| letter.is_ascii_lowercase());
    match (level, key.split_once('@')) {
        (1, None) => letter(key) && simple(key, 256),
        (1, Some((tenant, system))) => {
            // The recommendation allows 14, OpenTelemetry's `TraceState` 13.
            first(tenant) && simple(tenant, 241) && letter(system) && simple(system, 13)
        }
        _ => first(key) && key.len() <= 256 && key.bytes().all(|byte| rest(byte) || byte == b'@'),
    }
}

/// The members of a `tracestate`, if all are as a level of the recommendation has them.
fn members_of(lines: &Lines<'_>, level: u8) -> Option<Vec<String>> {
    let mut members = Vec::new();
    for member in lines.0.iter().flat_map(|line| line.split(|byte| *byte == b',')) {
        let member = str::from_utf8(member).ok()?.trim_matches([' ', '\t']);
        if member.is_empty() {
            continue;
        }
        let (key, value) = member.split_once('=')?;
        let octets = value.bytes().all(|byte| (0x20..0x7f).contains(&byte) && byte != b'=');
        if !is_key(key, level) || value.is_empty() || value.len() > 256 || !octets {
            return None;
        }
        members.push(member.to_owned());
    }
    (members.len() <= 32).then_some(members)
}

#[test]
fn a_tracestate_rides_along_where_the_recommendation_says_so_and_is_written_as_it_was_read() {
    const PARENT: &[u8] = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let corpus = [
        "a=1, b=2\nc=3",
        "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE , ,\n",
        "0tenant@system=x y,k-_*/=~!#",
        "a=1,a=2,a=3,a=4,a=5,a=6,a=7,a=8,a=9,a=1,a=2,a=3,a=4,a=5,a=6,a=7,a=8,a=9,a=1,a=2,a=3,a=4,a=5,a=6,a=7,a=8",
    ];
    let words: &[&str] = &[
        "=", ",", "@", "a=1,", "\n", "é", "\t", " ", "\u{a0}", "\u{7f}", "A", "0", "@v=", "foo=", "=bar", ";",
    ];
    Fuzz::of(&corpus, words, 10_000).run(|input| {
        let lines = Lines::of(input);
        let caller = extract(PARENT, true, &lines).unwrap();
        let state = caller.trace_state().header();
        let (strict, lax) = (members_of(&lines, 1), members_of(&lines, 2));
        if !state.is_empty() {
            assert_eq!(Some(&state), lax.map(|members| members.join(",")).as_ref());
        } else if let Some(members) = strict {
            assert!(members.is_empty() || input.len() > 3_900, "{members:?} is dropped");
        }
        let mut headers = HeaderMap::new();
        let _entered = current::attach(Context::new().with_remote_span_context(caller.clone()));
        inject(&mut headers);
        let written = headers.get(TRACESTATE).map(HeaderValue::as_bytes).unwrap_or_default();
        assert_eq!(str::from_utf8(written).unwrap(), state);
        assert_eq!(extract(PARENT, true, &headers), Some(caller));
        kind([state.is_empty().into(), lines.0.len().min(4) as u64, state.split(',').count() as u64])
    });
}

/// Source: RFC 3986, section 2.1; what is no escape stands for itself.
fn decoded(mut bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    while let [first, rest @ ..] = bytes {
        let digits =
            rest.get(..2).filter(|digits| *first == b'%' && digits.iter().all(u8::is_ascii_hexdigit));
        decoded.push(
            digits.map_or(*first, |digits| u8::from_str_radix(str::from_utf8(digits).unwrap(), 16).unwrap()),
        );
        bytes = if digits.is_some() { &rest[2..] } else { rest };
    }
    decoded
}

fn valid(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty() && text.len() <= 256 && !text.contains(char::is_control)).then_some(text)
}

/// The first value of each key, as far as lines are looked at.
fn claimed(lines: &[&[u8]]) -> [Option<String>; 8] {
    let mut values = [const { None }; 8];
    let (mut bytes, mut count) = (0, 0);
    for member in lines.iter().flat_map(|line| line.split(|byte| *byte == b',')) {
        bytes += member.len() + 1;
        count += usize::from(!member.trim_ascii().is_empty());
        if bytes > 8_193 || count > 64 {
            break;
        }
        let Some(equals) = member.iter().position(|byte| *byte == b'=') else { continue };
        let (key, value) = (member[..equals].trim_ascii(), &member[equals + 1..]);
        let value = value.split(|byte| *byte == b';').next().unwrap().trim_ascii();
        let value = String::from_utf8(decoded(value)).ok();
        if let Some(place) = KEYS.iter().position(|known| known.as_bytes() == key) {
            values[place] = values[place].take().or(value.as_deref().and_then(valid).map(str::to_owned));
        }
    }
    values
}

fn claims(values: &[Option<String>; 8]) -> Claims {
    let text = |place: usize| values[place].as_deref().unwrap_or_default();
    let experiment = Experiment::new(text(4)).ok();
    Claims {
        identity: Identity::user(text(0)).named(text(1)).organization(text(2)).organization_named(text(3)),
        experiment: experiment.map(|experiment| experiment.named(text(5))),
        session: values[6].as_deref().map(Arc::from),
        conversation: values[7].as_deref().map(Arc::from),
    }
}

const BAGGAGE: [&str; 5] = [
    "basalt.user.id=u-1, basalt.user.name = Ada%20L ;x=1 \n other=1,session.id=s",
    "basalt.organization.id=o%2C1,basalt.organization.name=Zoé,gen_ai.conversation.id=%F0%9F%A6%80",
    "basalt.experiment.id=e-1,basalt.experiment.name=100%,basalt.user.id=%00",
    "a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,basalt.user.id=last",
    "basalt.user.id=uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu",
];

const WORDS: &[&str] = &[
    "basalt.user.id=",
    "basalt.user.name=",
    "basalt.experiment.id=",
    "session.id=",
    "gen_ai.conversation.id=",
    "=",
    ",",
    ";",
    "%",
    "%2",
    "%00",
    "%C3",
    "%A9",
    "%20",
    "%E2%80%A8",
    "%41",
    "\n",
    " ",
    "\t",
    "é",
    "\u{85}",
    "a=1,",
    "%25",
];

#[test]
fn baggage_claims_what_a_simple_reader_finds_in_it() {
    Fuzz::of(&BAGGAGE, WORDS, 6_000).run(|input| {
        let lines = Lines::of(input);
        let (read, expected) = (ALL.read(&lines), claimed(&lines.0));
        assert_eq!(read, claims(&expected));
        assert_eq!(Baggage::none().read(&lines), Claims::default());
        let session = Baggage::none().session().read(&lines);
        assert_eq!(session, Claims { session: read.session, ..Claims::default() });
        kind(expected.iter().map(|value| value.as_ref().map_or(0, |value| 1 + value.len().ilog2()).into()))
    });
}

#[test]
fn what_is_written_as_baggage_is_read_or_left_out_and_members_of_others_stay() {
    Fuzz::of(&BAGGAGE, WORDS, 4_000).run(|input| {
        let mut headers = HeaderMap::new();
        let lines = input.split(|byte| *byte == b'\n').filter_map(|line| HeaderValue::from_bytes(line).ok());
        for line in lines {
            headers.append("baggage", line);
        }
        let others =
            headers.get_all("baggage").iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
        let key = |member: &[u8]| {
            member.split(|byte| matches!(byte, b'=' | b';')).next().unwrap().trim_ascii().to_vec()
        };
        let others = others.map(<[u8]>::trim_ascii).filter(|member| !member.is_empty());
        let others: Vec<_> = others
            .filter(|member| !KEYS.iter().any(|ours| ours.as_bytes() == key(member)))
            .map(<[u8]>::to_vec)
            .collect();

        let texts: Vec<_> = input.split(|byte| *byte == b',').map(String::from_utf8_lossy).collect();
        let said = || KEYS.into_iter().zip(texts.iter().map(|text| Arc::<str>::from(text.trim())));
        members::replace(&mut headers, ALL, said());

        let written: Vec<_> =
            headers.get_all(HeaderName::from_static("baggage")).iter().map(HeaderValue::as_bytes).collect();
        assert!(written.len() <= 1);
        let members: Vec<_> = written.iter().flat_map(|line| line.split(|byte| *byte == b',')).collect();
        let (kept, ours) = members.split_at(others.len());
        assert_eq!(kept, others);
        assert!(ours.is_empty() || (members.len() <= 64 && written[0].len() <= 8_192));
        let read = claimed(&written);
        for (place, (key, text)) in said().enumerate() {
            let member = ours.iter().any(|member| member.starts_with(format!("{key}=").as_bytes()));
            assert_eq!(read[place].as_deref(), valid(&text).filter(|_| member));
        }
        kind([others.len() as u64, ours.len() as u64, read.iter().flatten().count() as u64])
    });
}
