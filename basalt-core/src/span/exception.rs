//! What went wrong inside a span: errors and panics, as OpenTelemetry records exceptions.

use std::{any::type_name, fmt};

use opentelemetry::{
    KeyValue,
    trace::{Status, TraceContextExt},
};

use super::SpanHandle;
use crate::semconv::http;

impl SpanHandle {
    /// Records an error and marks the span as failed: one `exception` event with type and message, and the
    /// message as the status's description. The `try_` forms do it for the error they return.
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
        if self.is_live() {
            let message = error.to_string();
            self.fail(type_name::<E>(), &message, message.clone());
        }
    }

    pub(crate) fn panicked(&self, message: &str) {
        self.fail("panic", message, format!("panic: {message}"));
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
