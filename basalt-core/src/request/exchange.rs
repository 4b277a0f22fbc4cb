//! One exchange, from the request's head to the answer's last byte.

use std::{any::type_name, fmt::Display, io::IoSlice, sync::Arc};

use bytes::Buf;
use http::HeaderName;
use opentelemetry::{
    KeyValue,
    trace::{SpanRef, TraceContextExt},
};

use super::{
    CaptureHttp, Tee,
    capture::worth_keeping,
    outcome::{Outcome, bodiless},
    rpc::{self, Rpc},
};
use crate::{
    context::{Headers, Record},
    panic,
    semconv::{basalt, http as keys, rpc as rpc_keys},
    span::RootSpan,
};

/// The span of a request while the request lasts.
///
/// It is moved, never shared: from the service to the response future, then into the body. It is told what
/// happens there, and ends the span exactly once: with the first of its endings, or when it is dropped,
/// which means that the client has left. The default one does nothing; it stands for requests that are not
/// observed and for exchanges that have ended. One inside another, where two layers stand around a route, ends
/// nothing and captures what its own layer asks for.
#[derive(Debug, Default)]
pub struct Exchange {
    root: RootSpan,
    capture: Option<Arc<CaptureHttp>>,
    request: Option<Tee>,
    response: Option<Tee>,
    trace_id_header: Option<HeaderName>,
    /// None inside another exchange, and when this one has ended.
    open: Option<Open>,
}

#[derive(Debug)]
pub(super) struct Open {
    pub(super) method_is_head: bool,
    pub(super) routed: bool,
    pub(super) disconnects_are_errors: bool,
    pub(super) answered: Option<u16>,
    /// Bytes of body still to come, if that is known.
    pub(super) remaining: Option<u64>,
    pub(super) rpc: Option<Rpc>,
}

impl Exchange {
    pub(super) fn new(root: RootSpan, open: Option<Open>) -> Self {
        Self { root, capture: None, request: None, response: None, trace_id_header: None, open }
    }

    /// Inside another exchange, which owns the span.
    pub(super) fn within(root: RootSpan) -> Self {
        Self::new(root, None)
    }

    /// Captures what is asked for, beginning with the request's headers.
    pub(super) fn capture(&mut self, capture: Option<&Arc<CaptureHttp>>, headers: &dyn Headers) {
        let Some(capture) = capture.filter(|_| self.root.is_live()) else { return };
        self.request = tee(&self.root, basalt::INPUT, |record| {
            capture.request(headers, record);
            worth_keeping(headers, capture.request_body, record.content())
        });
        self.capture = Some(Arc::clone(capture));
    }

    pub(super) fn trace_id_in(&mut self, header: Option<&HeaderName>) {
        self.trace_id_header = header.cloned();
    }

    /// The handle that handlers get.
    #[must_use]
    pub fn root(&self) -> RootSpan {
        self.root.clone()
    }

    /// The response header that tells the trace's id, and the id; none where nobody asked for it or the request is
    /// not observed.
    #[must_use]
    pub fn trace_id_header(&mut self) -> Option<(HeaderName, String)> {
        Some((self.trace_id_header.take()?, self.root.trace_id()?))
    }

    /// What wants a copy of the request's body; none if nobody has asked.
    #[must_use]
    pub fn request_tee(&mut self) -> Option<Tee> {
        self.request.take()
    }

    /// Runs a call or a poll of the service or the body with the request's span active. A panic ends the
    /// exchange and goes on.
    pub fn enter<R>(&mut self, work: impl FnOnce() -> R) -> R {
        if self.open.is_none() {
            return work();
        }
        let _entered = self.root.context().clone().attach();
        panic::watch(work, |message| {
            self.root.panicked(message);
            self.end(&Outcome::Panicked);
        })
    }

    /// The router has said which route matched, later than at the start.
    pub fn routed(&mut self, route: &str) {
        if let Some(open) = &mut self.open
            && !open.routed
        {
            open.routed = true;
            self.root.set_route(route);
        }
    }

    /// The service has answered. `length` is the number of bytes the body will have, if it is known.
    pub fn answered(&mut self, status: u16, length: Option<u64>, headers: &dyn Headers) {
        if let Some(capture) = &self.capture {
            self.response = tee(&self.root, basalt::OUTPUT, |record| {
                capture.response(headers, record);
                worth_keeping(headers, capture.response_body, record.content())
            });
        }
        let Some(open) = &mut self.open else { return };
        open.answered = Some(status);
        let trailers_follow = open.rpc.as_mut().is_some_and(|rpc| rpc.answered(headers));
        open.remaining = length.filter(|_| !trailers_follow);
        if status == 101 {
            self.end(&Outcome::Upgraded);
        } else if length == Some(0) || bodiless(open.method_is_head, status) {
            self.completed();
        }
    }

    /// So much of the body is handed over.
    pub fn sent(&mut self, data: &impl Buf) {
        if let Some(tee) = &mut self.response {
            each_slice(data, |slice| tee.take(slice));
        }
        if let Some(Open { remaining: Some(remaining), .. }) = &mut self.open {
            *remaining = remaining.saturating_sub(data.remaining() as u64);
            if *remaining == 0 {
                self.completed();
            }
        }
    }

    /// The trailers behind the body are handed over.
    pub fn trailers(&mut self, trailers: &dyn Headers) {
        if let Some(Open { rpc: Some(rpc), .. }) = &mut self.open {
            rpc.look(trailers);
        }
    }

    /// The body has ended well.
    pub fn completed(&mut self) {
        self.end(&Outcome::Completed);
    }

    /// The service failed instead of answering, or the body failed half way.
    pub fn failed<E: Display + ?Sized>(&mut self, error: &E) {
        let Some(open) = &self.open else { return };
        self.root.set_error(error);
        let outcome = match open.answered {
            None => Outcome::ServiceError(type_name::<E>()),
            Some(_) => Outcome::BodyError(type_name::<E>()),
        };
        self.end(&outcome);
    }

    fn end(&mut self, outcome: &Outcome) {
        drop(self.response.take());
        let Some(mut open) = self.open.take() else { return };
        if let (Outcome::ClientDisconnected, Some(rpc)) = (outcome, &mut open.rpc) {
            rpc.abandoned();
        }
        let span = self.root.context().span();
        let failed_call = open.rpc.as_ref().and_then(Rpc::error);
        let verdict = outcome.judge(open.answered, failed_call, open.disconnects_are_errors);
        if let Some(call) = &open.rpc {
            describe(call, &span);
        }
        if let Some(status) = open.answered {
            span.set_attribute(KeyValue::new(keys::RESPONSE_STATUS_CODE, i64::from(status)));
        }
        if let Some(kind) = verdict.error_type {
            span.set_attribute(KeyValue::new(keys::ERROR_TYPE, kind));
        }
        if let Some(outcome) = verdict.outcome {
            span.set_attribute(KeyValue::new(basalt::HTTP_OUTCOME, outcome));
        }
        self.root.record(|record| record.set_status_if_unset(verdict.status));
        span.end();
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.end(&Outcome::ClientDisconnected);
    }
}

/// What keeps as much of a body as `write` asks for, which writes what goes before it.
fn tee(root: &RootSpan, key: &'static str, write: impl FnOnce(&mut Record) -> usize) -> Option<Tee> {
    let mut limit = 0;
    root.record(|record| limit = write(record));
    Tee::new(root, key, limit)
}

/// What is known of a call at its end.
fn describe(call: &Rpc, span: &SpanRef<'_>) {
    match call.method() {
        Some(method) => {
            span.update_name(method.to_owned());
            span.set_attribute(KeyValue::new(rpc_keys::METHOD, method.to_owned()));
        }
        None => {
            span.update_name(rpc::SYSTEM);
            span.set_attribute(KeyValue::new(rpc_keys::METHOD, "_OTHER"));
            span.set_attribute(KeyValue::new(rpc_keys::METHOD_ORIGINAL, call.original().to_owned()));
        }
    }
    if let Some(status) = call.status {
        span.set_attribute(KeyValue::new(rpc_keys::STATUS_CODE, status));
    }
}

fn each_slice(data: &impl Buf, each: impl FnMut(&[u8])) {
    let mut slices = [IoSlice::new(&[]); 16];
    let filled = data.chunks_vectored(&mut slices);
    slices.iter().take(filled).map(|slice| &**slice).for_each(each);
}
