//! Headers in: the W3C trace context of a caller, checked strictly.

use std::str;

use http::HeaderName;
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

use super::Headers;

pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
pub(crate) const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
/// More than any valid `tracestate` of 32 members that propagators must carry; what is longer is dropped.
const TRACESTATE_LIMIT: usize = 4096;
/// Members of a valid `tracestate`.
const TRACESTATE_MEMBERS: usize = 32;

/// The caller's span, if a `traceparent` that is given once names it.
///
/// Source: W3C Trace Context, level 1. Version 00 must have its 55 characters; later versions are read as
/// far as version 00 goes, as the recommendation asks. A `tracestate` that is invalid is dropped alone.
pub(crate) fn extract(parent: &[u8], has_state: bool, headers: &dyn Headers) -> Option<SpanContext> {
    let (trace_id, span_id, flags) = traceparent(parent)?;
    let state = if has_state { tracestate(headers) } else { TraceState::default() };
    Some(SpanContext::new(trace_id, span_id, flags, true, state))
}

fn traceparent(value: &[u8]) -> Option<(TraceId, SpanId, TraceFlags)> {
    let (fixed, rest) = value.split_at_checked(55)?;
    let (version, fixed) = field(fixed)?;
    let (trace_id, fixed) = field(fixed)?;
    let (span_id, flags) = field(fixed)?;
    let version = pair(version)?;
    let well_ended = rest.is_empty() || (version > 0 && rest.first() == Some(&b'-'));
    if version == 0xff || !well_ended {
        return None;
    }
    let trace_id = TraceId::from(double(trace_id)?);
    let span_id = SpanId::from(word(span_id)?);
    let flags = TraceFlags::new(pair(flags.first_chunk()?)? & 1);
    (trace_id != TraceId::INVALID && span_id != SpanId::INVALID).then_some((trace_id, span_id, flags))
}

/// The first bytes, and what follows the dash behind them.
fn field<const LENGTH: usize>(bytes: &[u8]) -> Option<(&[u8; LENGTH], &[u8])> {
    let (field, rest) = bytes.split_first_chunk()?;
    Some((field, rest.strip_prefix(b"-")?))
}

/// A number in thirty-two digits.
fn double(digits: &[u8; 32]) -> Option<u128> {
    let ([upper, lower], []) = digits.as_chunks() else { return None };
    Some((u128::from(word(upper)?) << 64) | u128::from(word(lower)?))
}

/// A number in sixteen digits.
fn word(digits: &[u8; 16]) -> Option<u64> {
    let ([upper, lower], []) = digits.as_chunks() else { return None };
    digits
        .iter()
        .fold(true, |all, digit| all & is_digit(*digit))
        .then(|| u64::from(half(*upper)) << 32 | u64::from(half(*lower)))
}

/// A number in two digits.
fn pair(digits: &[u8; 2]) -> Option<u8> {
    let [upper, lower] = digits.map(|digit| (digit & 0x0f) + 9 * (digit >> 6));
    digits.iter().fold(true, |all, digit| all & is_digit(*digit)).then_some(upper << 4 | lower)
}

/// A number in eight digits that are known to be some, all at once.
fn half(digits: [u8; 8]) -> u32 {
    let digits = u64::from_be_bytes(digits);
    // Letters have bit 6, and count from 1 in their lower four.
    let nibbles = (digits & 0x0f0f_0f0f_0f0f_0f0f) + 9 * (digits >> 6 & 0x0101_0101_0101_0101);
    let bytes = (nibbles | nibbles >> 4) & 0x00ff_00ff_00ff_00ff;
    let pairs = (bytes | bytes >> 8) & 0x0000_ffff_0000_ffff;
    (pairs | pairs >> 16) as u32
}

/// Hexadecimal, in lower case.
fn is_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

fn tracestate(headers: &dyn Headers) -> TraceState {
    let mut members = String::new();
    let mut valid = true;
    headers.named(&TRACESTATE, &mut |value| match str::from_utf8(value) {
        Ok(text) if members.len() + text.len() < TRACESTATE_LIMIT => {
            if !members.is_empty() {
                members.push(',');
            }
            members.push_str(text);
        }
        _ => valid = false,
    });
    if members.is_empty() || !valid {
        return TraceState::default();
    }
    let pairs = members.split(',').map(|member| member.trim_matches([' ', '\t']));
    let pairs: Option<Vec<_>> = pairs.filter(|member| !member.is_empty()).map(member).collect();
    let pairs = pairs.filter(|pairs| pairs.len() <= TRACESTATE_MEMBERS);
    pairs.and_then(|pairs| TraceState::from_key_value(pairs).ok()).unwrap_or_default()
}

/// Key and value, neither of them empty: `TraceState` takes empty keys, and values of any characters.
fn member(member: &str) -> Option<(&str, &str)> {
    let (key, value) = member.split_once('=')?;
    let valid =
        !key.is_empty() && !value.is_empty() && value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    valid.then_some((key, value))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::*;

    const VALID: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        let pair = |(name, value): &(HeaderName, &str)| {
            (name.clone(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    fn extracted(pairs: &[(HeaderName, &str)]) -> Option<SpanContext> {
        let headers = headers(pairs);
        let mut parents = headers.get_all(TRACEPARENT).iter();
        let parent = parents.next().filter(|_| parents.next().is_none())?;
        extract(parent.as_bytes(), true, &headers)
    }

    #[test]
    fn a_valid_traceparent_names_the_caller() {
        let caller = extracted(&[(TRACEPARENT, VALID)]).unwrap();
        assert_eq!(caller.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(caller.span_id().to_string(), "b7ad6b7169203331");
        assert!(caller.is_sampled() && caller.is_remote());
    }

    #[test]
    fn only_the_sampled_flag_is_kept() {
        for (flags, sampled) in [("00", false), ("01", true), ("02", false), ("03", true), ("ff", true)] {
            let value = format!("{}{flags}", VALID.strip_suffix("01").unwrap());
            assert_eq!(extracted(&[(TRACEPARENT, &value)]).unwrap().is_sampled(), sampled, "{flags}");
        }
    }

    #[test]
    fn later_versions_are_read_as_far_as_version_00_goes() {
        for value in
            [VALID.replacen("00", "cc", 1), format!("{}-what-comes-later", VALID.replacen("00", "01", 1))]
        {
            assert!(extracted(&[(TRACEPARENT, &value)]).is_some(), "{value}");
        }
        let glued = format!("{}x", VALID.replacen("00", "01", 1));
        assert!(extracted(&[(TRACEPARENT, &glued)]).is_none());
    }

    #[test]
    fn what_the_recommendation_refuses_names_nobody() {
        for value in [
            "",
            "00",
            "00-1-2-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 ",
            "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "0g-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-éf7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert!(extracted(&[(TRACEPARENT, value)]).is_none(), "{value}");
        }
    }

    #[test]
    fn of_two_traceparents_neither_is_believed() {
        assert!(extracted(&[(TRACEPARENT, VALID), (TRACEPARENT, VALID)]).is_none());
        assert!(extracted(&[(TRACEPARENT, "nonsense"), (TRACEPARENT, VALID)]).is_none());
    }

    #[test]
    fn tracestate_rides_along_over_several_headers() {
        let caller =
            extracted(&[(TRACEPARENT, VALID), (TRACESTATE, "a=1, b=2"), (TRACESTATE, "c=3")]).unwrap();
        assert_eq!(caller.trace_state().header(), "a=1,b=2,c=3");
    }

    #[test]
    fn an_invalid_tracestate_is_dropped_alone() {
        let many = "a=1,".repeat(33);
        for value in
            ["novalue", "A=upper", "=1", "a=", "a=é", "a=1\u{a0}", &many, &format!("a={}", "x".repeat(5_000))]
        {
            let caller = extracted(&[(TRACEPARENT, VALID), (TRACESTATE, value)]).unwrap();
            assert_eq!(caller.trace_state().header(), "", "{value}");
        }
    }
}
