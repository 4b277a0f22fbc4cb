//! Headers out: the W3C trace context for whoever is called next.

use std::io::Write;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::{SpanContext, TraceContextExt};

use super::{Baggage, members};
use crate::current;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// Writes the active span into the headers of an outgoing request, so that the service called continues
/// the trace. Outside a trace the headers stay as they are.
///
/// Source: W3C Trace Context, version 00.
///
/// ```
/// let mut headers = http::HeaderMap::new();
/// basalt_core::context::inject(&mut headers);
/// ```
pub fn inject(headers: &mut HeaderMap) {
    current::map(|context| write(context.span().span_context(), headers));
}

/// The same, and with it whatever is allowed of what the active trace says now, as members of the `baggage`
/// header. Members that are there already stay, but of what is allowed the trace alone decides. What does not
/// fit into 64 members and 8192 bytes is left out.
///
/// Baggage can be read by everybody on its way: allow it only towards services of your own.
///
/// Source: W3C Baggage.
///
/// ```
/// use basalt_core::{Baggage, context};
///
/// let mut headers = http::HeaderMap::new();
/// context::inject_with(&mut headers, Baggage::none().identity().experiment());
/// ```
pub fn inject_with(headers: &mut HeaderMap, baggage: Baggage) {
    inject(headers);
    if let Some(said) = baggage.said() {
        members::replace(headers, baggage, said);
    }
}

/// What [`inject`] writes, by itself, for clients that take whole header maps, such as
/// `reqwest::RequestBuilder::headers`.
///
/// ```
/// use basalt_core::context;
/// use http::{HeaderMap, HeaderValue};
///
/// let mut request = HeaderMap::new();
/// request.insert("accept", HeaderValue::from_static("text/plain"));
/// request.extend(context::headers());
/// ```
#[must_use]
pub fn headers() -> HeaderMap {
    headers_with(Baggage::none())
}

/// What [`inject_with`] writes, by itself.
///
/// ```
/// use basalt_core::{Baggage, context};
///
/// let headers = context::headers_with(Baggage::none().identity());
/// assert!(headers.is_empty(), "outside a trace");
/// ```
#[must_use]
pub fn headers_with(baggage: Baggage) -> HeaderMap {
    let mut headers = HeaderMap::new();
    inject_with(&mut headers, baggage);
    headers
}

fn write(span: &SpanContext, headers: &mut HeaderMap) {
    if !span.is_valid() {
        return;
    }
    let flags = u8::from(span.is_sampled());
    let mut traceparent = [0; 55];
    let written = write!(traceparent.as_mut_slice(), "00-{}-{}-{flags:02x}", span.trace_id(), span.span_id());
    if let (Ok(()), Ok(traceparent)) = (written, HeaderValue::from_bytes(&traceparent)) {
        headers.insert(TRACEPARENT, traceparent);
    }
    let tracestate = span.trace_state().header();
    match HeaderValue::try_from(tracestate) {
        Ok(tracestate) if !tracestate.is_empty() => headers.insert(TRACESTATE, tracestate),
        _ => headers.remove(TRACESTATE),
    };
}

#[cfg(test)]
mod tests {
    use opentelemetry::Context;

    use super::*;
    use crate::context::extract;

    #[test]
    fn what_was_injected_is_extracted() {
        let mut incoming = HeaderMap::new();
        let value = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        incoming.insert(TRACEPARENT, HeaderValue::from_static(value));
        incoming.insert(TRACESTATE, HeaderValue::from_static("a=1,b=2"));
        let caller = extract(value.as_bytes(), true, &incoming).unwrap();

        let mut outgoing = HeaderMap::new();
        let _entered = current::attach(Context::new().with_remote_span_context(caller));
        inject(&mut outgoing);
        assert_eq!(outgoing, incoming);
    }

    #[test]
    fn outside_a_trace_nothing_is_written() {
        let all = Baggage::none().identity().experiment().session().conversation();
        let mut before = HeaderMap::new();
        before.insert("baggage", HeaderValue::from_static("basalt.user.id=u-1 , other=1"));
        let mut after = before.clone();
        inject_with(&mut after, all);
        assert_eq!(after, before);
        assert!(headers().is_empty() && headers_with(all).is_empty());
    }
}
