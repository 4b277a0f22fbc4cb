//! What went wrong inside a span: errors and panics, as OpenTelemetry records exceptions.

use std::{any::type_name, fmt};

use opentelemetry::{
    KeyValue,
    trace::{Status, TraceContextExt},
};

use super::SpanHandle;
use crate::{
    context::Record,
    foreign::{self, Shown},
    semconv::http,
    text::head,
};

impl SpanHandle {
    /// Records an error and marks the span as failed: one `exception` event with type and message, and the
    /// message as the status's description, cut at [`max_payload_bytes`](crate::Builder::max_payload_bytes). The `try_`
    /// forms do it for the error they return. Of an error whose `Display` fails or panics, the message ends with
    /// `[failed to format]`.
    ///
    /// Source: OpenTelemetry, recording errors on spans.
    ///
    /// ```
    /// # fn handler(span: &basalt_core::SpanHandle) {
    /// if let Err(error) = "seven".parse::<u8>() {
    ///     span.set_error(&error);
    /// }
    /// # }
    /// ```
    pub fn set_error<E: fmt::Display + ?Sized>(&self, error: &E) {
        self.shown_error(type_name::<E>(), error);
    }

    /// The same, for an error whose type is named.
    pub(super) fn shown_error<E: fmt::Display + ?Sized>(&self, kind: &'static str, error: &E) {
        if let Some(content) = self.content() {
            let Shown { text, cut } = foreign::shown(error, content.limit);
            self.fail(kind, &text, text.clone());
            self.cut_message(cut);
        }
    }

    pub(crate) fn panicked(&self, message: &str) {
        if let Some(content) = self.content() {
            let head = head(message, content.limit);
            self.fail("panic", head, format!("panic: {head}"));
            self.cut_message(head.len() < message.len());
        }
    }

    fn cut_message(&self, cut: bool) {
        if cut {
            self.record(Record::name_cut_message);
        }
    }

    /// One `exception` event, and the status.
    pub(crate) fn fail(&self, kind: &'static str, message: &str, description: String) {
        if !self.is_live() {
            return;
        }
        let attributes = vec![
            KeyValue::new(http::EXCEPTION_TYPE, kind),
            KeyValue::new(http::EXCEPTION_MESSAGE, message.to_owned()),
        ];
        self.happened(http::EXCEPTION.into(), attributes);
        self.context().span().set_status(Status::error(description));
    }
}
