//! Headers in: the W3C trace context of a caller, checked strictly.

use std::str;

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
/// More than any valid `tracestate` of 32 members that propagators must carry; what is longer is dropped.
const TRACESTATE_LIMIT: usize = 4096;

/// The headers of a request, whatever type the framework has for them.
///
/// Values are bytes as sent; their order is that of the request.
pub trait Headers {
    /// Shows every value of a header to `each`. Names are given in lower case.
    fn values<'h>(&'h self, name: &str, each: &mut dyn FnMut(&'h [u8]));
}

impl Headers for http::HeaderMap {
    fn values<'h>(&'h self, name: &str, each: &mut dyn FnMut(&'h [u8])) {
        self.get_all(name).iter().for_each(|value| each(value.as_bytes()));
    }
}

/// The caller's span, if exactly one valid `traceparent` names it.
///
/// Source: W3C Trace Context, level 1. Version 00 must have its 55 characters; later versions are read as
/// far as version 00 goes, as the recommendation asks. A `tracestate` that is invalid is dropped alone.
pub(crate) fn extract(headers: &dyn Headers) -> Option<SpanContext> {
    let mut seen = 0_usize;
    let mut parent = None;
    headers.values(TRACEPARENT, &mut |value| {
        seen += 1;
        parent = traceparent(value);
    });
    let (trace_id, span_id, flags) = parent.filter(|_| seen == 1)?;
    Some(SpanContext::new(trace_id, span_id, flags, true, tracestate(headers)))
}

fn traceparent(value: &[u8]) -> Option<(TraceId, SpanId, TraceFlags)> {
    let (fixed, rest) = value.split_at_checked(55)?;
    let (version, fixed) = field(fixed, 2)?;
    let (trace_id, fixed) = field(fixed, 32)?;
    let (span_id, flags) = field(fixed, 16)?;
    let version = hex(version)?;
    let well_ended = rest.is_empty() || (version > 0 && rest.first() == Some(&b'-'));
    if version == 0xff || !well_ended {
        return None;
    }
    let trace_id = TraceId::from(hex(trace_id)?);
    let span_id = SpanId::from(u64::try_from(hex(span_id)?).ok()?);
    let flags = TraceFlags::new(u8::try_from(hex(flags)? & 1).ok()?);
    (trace_id != TraceId::INVALID && span_id != SpanId::INVALID).then_some((trace_id, span_id, flags))
}

/// The first `length` bytes, and what follows the dash behind them.
fn field(bytes: &[u8], length: usize) -> Option<(&[u8], &[u8])> {
    let (field, rest) = bytes.split_at_checked(length)?;
    Some((field, rest.strip_prefix(b"-")?))
}

/// A number in lower-case hexadecimal digits.
fn hex(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0_u128, |number, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some((number << 4) | u128::from(digit))
    })
}

fn tracestate(headers: &dyn Headers) -> TraceState {
    let mut members = String::new();
    let mut valid = true;
    headers.values(TRACESTATE, &mut |value| match str::from_utf8(value) {
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
    let pairs = members.split(',').map(str::trim).filter(|member| !member.is_empty());
    let pairs: Option<Vec<_>> = pairs.map(|member| member.split_once('=')).collect();
    pairs.and_then(|pairs| TraceState::from_key_value(pairs).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    const VALID: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    fn extracted(pairs: &[(&'static str, &str)]) -> Option<SpanContext> {
        extract(&headers(pairs))
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
        for value in ["novalue", "A=upper", &format!("a={}", "x".repeat(5_000))] {
            let caller = extracted(&[(TRACEPARENT, VALID), (TRACESTATE, value)]).unwrap();
            assert_eq!(caller.trace_state().header(), "", "{value}");
        }
    }
}
