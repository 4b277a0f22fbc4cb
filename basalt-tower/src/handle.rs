//! The handle to a request's span, as handlers get it.

use std::ops::Deref;

use basalt_core::RootSpan;

/// The span of the current request.
///
/// It is in the request's extensions, and in axum an extractor. Everything it can say is on [`RootSpan`], to
/// which it derefs; domain code takes a `&RootSpan` and needs no framework. It can be cloned, kept and used
/// from tasks and streams; the span itself ends with the answer, not with the handle.
///
/// ```
/// use basalt_tower::{RequestSpan, RootSpan};
///
/// async fn handler(request: RequestSpan) -> &'static str {
///     rank(&request);
///     "done"
/// }
///
/// fn rank(root: &RootSpan) {
///     root.set_metadata([("ranked", true)].into_iter().collect::<std::collections::HashMap<_, _>>());
/// }
/// ```
#[derive(Debug, Clone)]
pub struct RequestSpan(RootSpan);

impl RequestSpan {
    pub(crate) fn new(root: RootSpan) -> Self {
        Self(root)
    }
}

impl Deref for RequestSpan {
    type Target = RootSpan;

    fn deref(&self) -> &RootSpan {
        &self.0
    }
}
