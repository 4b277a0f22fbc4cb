//! One exchange, from the request's head to the answer's last byte.

use std::{any::type_name, fmt::Display};

use opentelemetry::{KeyValue, trace::TraceContextExt};

use super::outcome::{Outcome, bodiless};
use crate::{
    panic,
    semconv::{basalt, http},
    span::RootSpan,
};

/// The span of a request while the request lasts.
///
/// It is moved, never shared: from the service to the response future, then into the body. It is told what
/// happens there, and ends the span exactly once: with the first of its endings, or when it is dropped,
/// which means that the client has left. The default one does nothing; it stands for requests that are not
/// observed and for exchanges that have ended.
#[derive(Debug, Default)]
pub struct Exchange(Option<Open>);

#[derive(Debug)]
pub(super) struct Open {
    pub(super) root: RootSpan,
    pub(super) method_is_head: bool,
    pub(super) routed: bool,
    pub(super) disconnects_are_errors: bool,
    pub(super) answered: Option<u16>,
    /// Bytes of body still to come, if that is known.
    pub(super) remaining: Option<u64>,
}

impl Exchange {
    pub(super) fn new(open: Open) -> Self {
        Self(Some(open))
    }

    /// The handle that handlers get.
    #[must_use]
    pub fn root(&self) -> RootSpan {
        self.0.as_ref().map_or_else(RootSpan::inert, |open| open.root.clone())
    }

    /// The trace's id as 32 hexadecimal digits, for a response header; none if the request is not observed.
    #[must_use]
    pub fn trace_id(&self) -> Option<String> {
        self.0.as_ref()?.root.trace_id()
    }

    /// Runs a call or a poll of the service or the body with the request's span active. A panic ends the
    /// exchange and goes on.
    pub fn enter<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let Some(open) = &self.0 else { return work() };
        let _entered = open.root.context().clone().attach();
        panic::watch(work, |message| {
            if let Some(open) = &self.0 {
                open.root.panicked(message);
            }
            self.end(&Outcome::Panicked);
        })
    }

    /// The router has said which route matched, later than at the start.
    pub fn routed(&mut self, route: &str) {
        if let Some(open) = &mut self.0
            && !open.routed
        {
            open.routed = true;
            open.root.set_route(route);
        }
    }

    /// The service has answered. `length` is the number of bytes the body will have, if it is known.
    pub fn answered(&mut self, status: u16, length: Option<u64>) {
        let Some(open) = &mut self.0 else { return };
        open.answered = Some(status);
        open.remaining = length;
        if status == 101 {
            self.end(&Outcome::Upgraded);
        } else if length == Some(0) || bodiless(open.method_is_head, status) {
            self.completed();
        }
    }

    /// So many bytes of the body have been handed over.
    pub fn sent(&mut self, bytes: usize) {
        if let Some(Open { remaining: Some(remaining), .. }) = &mut self.0 {
            *remaining = remaining.saturating_sub(bytes as u64);
            if *remaining == 0 {
                self.completed();
            }
        }
    }

    /// The body has ended well.
    pub fn completed(&mut self) {
        self.end(&Outcome::Completed);
    }

    /// The service failed instead of answering, or the body failed half way.
    pub fn failed<E: Display + ?Sized>(&mut self, error: &E) {
        let Some(open) = &self.0 else { return };
        open.root.set_error(error);
        let outcome = match open.answered {
            None => Outcome::ServiceError(type_name::<E>()),
            Some(_) => Outcome::BodyError(type_name::<E>()),
        };
        self.end(&outcome);
    }

    fn end(&mut self, outcome: &Outcome) {
        let Some(open) = self.0.take() else { return };
        let verdict = outcome.judge(open.answered, open.disconnects_are_errors);
        let span = open.root.context().span();
        if let Some(status) = open.answered {
            span.set_attribute(KeyValue::new(http::RESPONSE_STATUS_CODE, i64::from(status)));
        }
        if let Some(kind) = verdict.error_type {
            span.set_attribute(KeyValue::new(http::ERROR_TYPE, kind));
        }
        if let Some(outcome) = verdict.outcome {
            span.set_attribute(KeyValue::new(basalt::HTTP_OUTCOME, outcome));
        }
        open.root.record(|record| record.set_status_if_unset(verdict.status));
        span.end();
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.end(&Outcome::ClientDisconnected);
    }
}
