//! One exchange, from the request's head to the answer's last byte.

use std::{any::type_name, fmt::Display, sync::Arc};

use bytes::Buf;
use http::HeaderName;

use super::{
    CaptureHttp, Tee,
    capture::worth_keeping,
    outcome::{Outcome, bodiless},
    rpc::Rpc,
};
use crate::{
    context::{Headers, Record},
    foreign,
    semconv::{basalt, http as keys},
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
    pub(super) root: RootSpan,
    /// None inside another exchange, and when this one has ended.
    pub(super) open: Option<Open>,
    /// None unless the layer asks for it.
    extras: Option<Box<Extras>>,
}

#[derive(Debug)]
pub(super) struct Open {
    pub(super) method_is_head: bool,
    pub(super) routed: bool,
    pub(super) disconnects_are_errors: bool,
    pub(super) answered: Option<u16>,
    /// Bytes of body still to come, if that is known.
    pub(super) remaining: Option<u64>,
    /// Whether nothing more of the body is sent. The span ends when the body is let go, which may still say something.
    pub(super) is_over: bool,
    pub(super) rpc: Option<Box<Rpc>>,
}

/// What few layers ask for. Exchanges are moved often, so they are small.
#[derive(Debug, Default)]
struct Extras {
    capture: Option<Arc<CaptureHttp>>,
    request: Option<Tee>,
    response: Option<Tee>,
    trace_id_header: Option<HeaderName>,
}

impl Exchange {
    pub(super) fn new(root: RootSpan, open: Option<Open>) -> Self {
        Self { root, open, extras: None }
    }

    /// Of a request that is not observed: nothing, or what another layer, whose handle is `outer`, makes of it.
    #[inline]
    #[must_use]
    pub fn unobserved(outer: Option<&RootSpan>) -> Self {
        outer.cloned().map_or_else(Self::default, Self::within)
    }

    /// Inside another exchange, which owns the span.
    pub(super) fn within(root: RootSpan) -> Self {
        Self::new(root, None)
    }

    /// Captures what is asked for, beginning with the request's headers.
    pub(super) fn capture(&mut self, capture: &Arc<CaptureHttp>, headers: &dyn Headers) {
        if !self.root.is_live() {
            return;
        }
        let request = tee(&self.root, basalt::INPUT, |record| {
            capture.request(headers, record);
            worth_keeping(headers, capture.request_body, record.content())
        });
        let extras = self.extras.get_or_insert_default();
        (extras.request, extras.capture) = (request, Some(Arc::clone(capture)));
    }

    pub(super) fn trace_id_in(&mut self, header: &HeaderName) {
        self.extras.get_or_insert_default().trace_id_header = Some(header.clone());
    }

    /// The handle that handlers get.
    #[must_use]
    pub fn root(&self) -> RootSpan {
        self.root.clone()
    }

    /// The response header that tells the trace's id, and the id; none where nobody asked for it or the request is
    /// not observed.
    #[inline]
    #[must_use]
    pub fn trace_id_header(&mut self) -> Option<(HeaderName, String)> {
        Some((self.extras.as_mut()?.trace_id_header.take()?, self.root.trace_id()?))
    }

    /// What wants a copy of the request's body; none if nobody has asked.
    #[inline]
    #[must_use]
    pub fn request_tee(&mut self) -> Option<Tee> {
        self.extras.as_mut()?.request.take()
    }

    /// Runs a call or a poll of the service or the body with the request's span active. A panic ends the
    /// exchange and goes on.
    pub fn enter<R>(&mut self, work: impl FnOnce() -> R) -> R {
        self.enter_before_routing(work, |_| None)
    }

    /// The service has answered. `length` is the number of bytes the body will have, if it is known.
    pub fn answered(&mut self, status: u16, length: Option<u64>, headers: &dyn Headers) {
        if let Some(extras) = &mut self.extras
            && let Some(capture) = &extras.capture
        {
            extras.response = tee(&self.root, basalt::OUTPUT, |record| {
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

    /// So much of the body is handed over. After the last byte of a known length nobody need ask the body for more: the
    /// exchange is over, and ends when it is dropped, after the body, if it is not told before that the body has ended.
    pub fn sent(&mut self, data: &impl Buf) {
        if let Some(Extras { response: Some(tee), .. }) = self.extras.as_deref_mut() {
            foreign::call(|| tee.take_all(data));
        }
        if let Some(Open { remaining: Some(remaining), is_over, .. }) = &mut self.open {
            *remaining = remaining.saturating_sub(data.remaining() as u64);
            *is_over |= *remaining == 0;
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
        if open.is_over {
            return self.completed();
        }
        self.root.set_error(error);
        let outcome = match open.answered {
            None => Outcome::ServiceError(type_name::<E>()),
            Some(_) => Outcome::BodyError(type_name::<E>()),
        };
        self.end(&outcome);
    }

    #[inline]
    pub(super) fn end(&mut self, outcome: &Outcome) {
        if self.open.is_some() || self.extras.is_some() {
            self.end_now(outcome);
        }
    }

    fn end_now(&mut self, outcome: &Outcome) {
        if let Some(extras) = &mut self.extras {
            drop(extras.response.take());
        }
        let Some(mut open) = self.open.take() else { return };
        if !self.root.is_live() {
            return;
        }
        if let (Outcome::Cancelled | Outcome::ClientDisconnected, Some(rpc)) = (outcome, &mut open.rpc) {
            rpc.abandoned();
        }
        self.root.finish(|record| open.conclude(outcome, record));
    }
}

impl Open {
    /// What is known at the end.
    fn conclude(&self, outcome: &Outcome, record: &mut Record) {
        let failed_call = self.rpc.as_deref().and_then(Rpc::error);
        let verdict = outcome.judge(self.answered, failed_call, self.disconnects_are_errors);
        if let Some(call) = &self.rpc {
            call.describe(record);
        }
        if let Some(status) = self.answered {
            record.answered(status);
        }
        if let Some(kind) = verdict.error_type {
            record.conclude(keys::ERROR_TYPE, kind);
        }
        if let Some(outcome) = verdict.outcome {
            record.conclude(basalt::HTTP_OUTCOME, outcome);
        }
        record.set_status_if_unset(verdict.status);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let outcome = match &self.open {
            Some(open) if open.is_over => Outcome::Completed,
            Some(open) if open.answered.is_some() => Outcome::ClientDisconnected,
            _ => Outcome::Cancelled,
        };
        self.end(&outcome);
    }
}

/// What keeps as much of a body as `write` asks for, which writes what goes before it.
fn tee(root: &RootSpan, key: &'static str, write: impl FnOnce(&mut Record) -> usize) -> Option<Tee> {
    let mut limit = 0;
    root.record(|record| limit = write(record));
    Tee::new(root, key, limit)
}
