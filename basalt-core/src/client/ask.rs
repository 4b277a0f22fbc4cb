//! One request to the API, and the span around it.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use http::{Method, Uri};
use serde_json::{Value, json};

use super::{
    ApiError,
    errand::{Content, Outgoing},
    target::with_parameters,
};
use crate::{
    context,
    observe::observe,
    semconv::{basalt, http as keys},
    span::Span,
};

/// A request before it is one: where to, with what, and what its span says.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) path: Vec<String>,
    method: Method,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    /// None leaves no span.
    label: Option<Label>,
    details: Vec<(&'static str, String)>,
    variables: Value,
}

/// Which operation of which client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Label {
    pub(super) client: &'static str,
    pub(super) operation: &'static str,
    pub(super) span: &'static str,
}

macro_rules! label {
    ($client:literal, $operation:literal) => {
        crate::client::ask::Label {
            client: $client,
            operation: $operation,
            span: concat!("basalt.sdk.", $client, ".", $operation),
        }
    };
}
pub(super) use label;

impl Ask {
    pub(super) fn get<'a>(path: impl IntoIterator<Item = &'a str>) -> Self {
        Self::new(Method::GET, path, None)
    }

    pub(super) fn post<'a>(path: impl IntoIterator<Item = &'a str>, body: Value) -> Self {
        Self::new(Method::POST, path, Some(body))
    }

    pub(super) fn put() -> Self {
        Self::new(Method::PUT, [], None)
    }

    fn new<'a>(method: Method, path: impl IntoIterator<Item = &'a str>, body: Option<Value>) -> Self {
        let path = path.into_iter().map(str::to_owned).collect();
        let (query, details) = (Vec::new(), Vec::new());
        Self { path, method, query, body, label: None, details, variables: Value::Null }
    }

    /// As which operation it is observed. Defaults to none: there is no span.
    pub(super) fn labelled(mut self, label: Label) -> Self {
        self.label = Some(label);
        self
    }

    /// A parameter, if it is given.
    pub(super) fn parameter(mut self, name: &'static str, value: Option<&str>) -> Self {
        self.query.extend(value.map(|value| (name, value.to_owned())));
        self
    }

    /// What the span's metadata says of the request, if it is given.
    pub(super) fn detail(mut self, key: &'static str, value: Option<&str>) -> Self {
        self.details.extend(value.map(|value| (key, value.to_owned())));
        self
    }

    /// What is to be filled in afterwards, for the span.
    pub(super) fn variables(mut self, variables: Value) -> Self {
        self.variables = variables;
        self
    }

    /// Does the work, which says what it has got and with which status, inside a span.
    pub(super) async fn observed<T, F>(
        self,
        url: Uri,
        work: impl FnOnce(Outgoing) -> F,
    ) -> Result<T, ApiError>
    where
        F: Future<Output = Result<(T, u16), ApiError>>,
    {
        let Some(label) = self.label else {
            return Ok(work(self.outgoing(url)?).await?.0);
        };
        let mut span = observe(label.span)
            .metadata(basalt::API_CLIENT, label.client)
            .metadata(basalt::API_OPERATION, label.operation)
            .metadata(basalt::API_INTERNAL, true)
            .metadata(keys::METHOD, self.method.as_str())
            .metadata(keys::URL, url.to_string())
            .input(json!({"method": self.method.as_str(), "url": url.to_string()}));
        for (key, value) in &self.details {
            span = span.metadata(*key, value);
        }
        span.run(|span| async move {
            if self.variables.as_object().is_some_and(|variables| !variables.is_empty()) {
                span.set_variables(&self.variables);
            }
            let began = Instant::now();
            let outcome = match self.outgoing(url) {
                Ok(outgoing) => work(outgoing).await,
                Err(error) => Err(error),
            };
            tell(&span, outcome.as_ref().map(|(_, status)| *status), began.elapsed());
            Ok(outcome?.0)
        })
        .await
    }

    fn outgoing(self, mut url: Uri) -> Result<Outgoing, ApiError> {
        if !self.query.is_empty() {
            url = with_parameters(&url, &self.query).ok_or_else(too_long)?;
        }
        let content = self.body.map(|body| Content::Json(body.to_string().into()));
        Ok(Outgoing { method: self.method, url, headers: context::headers(), content })
    }
}

pub(super) fn too_long() -> ApiError {
    ApiError::Unavailable { reason: "its URL is longer than a URL may be".to_owned() }
}

/// How it ended.
fn tell(span: &Span, outcome: Result<u16, &ApiError>, took: Duration) {
    let milliseconds = took.as_secs_f64() * 1000.0;
    span.set_attribute(basalt::REQUEST_DURATION_MS, milliseconds);
    span.set_attribute(keys::RESPONSE_TIME_MS, milliseconds);
    span.set_attribute(basalt::REQUEST_SUCCESS, outcome.is_ok());
    let status = outcome.map_or_else(ApiError::status, Some);
    if let Some(status) = status {
        span.set_attribute(keys::STATUS_CODE, status);
    }
    match outcome {
        Ok(status) => span.set_output(json!({"status_code": status})),
        Err(error) => {
            let message = error.message();
            span.set_output(json!({"error": message, "status_code": status}));
            span.fail("ApiError", &message, message.clone().into_owned());
        }
    }
}
