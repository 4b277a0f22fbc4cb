//! A router under observation, and what its spans say.

use axum::Router;
use basalt_tower::{Basalt, BasaltLayer, testing::Recorder};
use opentelemetry_sdk::trace::SpanData;

/// Puts a layer of the feature `web` around the routes.
pub fn observed(router: Router) -> (Basalt, Recorder, Router) {
    layered(router, |layer| layer)
}

/// The same, with options.
pub fn layered(
    router: Router,
    options: impl FnOnce(BasaltLayer) -> BasaltLayer,
) -> (Basalt, Recorder, Router) {
    let (basalt, recorder) = recording();
    let router = router.layer(options(BasaltLayer::new(&basalt, "web")));
    (basalt, recorder, router)
}

/// Telemetry that ends in memory.
#[must_use]
pub fn recording() -> (Basalt, Recorder) {
    let recorder = Recorder::new();
    let basalt = Basalt::builder().exporter(recorder.clone()).build().unwrap();
    (basalt, recorder)
}

/// The value of an attribute, as text.
#[must_use]
pub fn attribute(span: &SpanData, key: &str) -> Option<String> {
    let attribute = span.attributes.iter().find(|attribute| attribute.key.as_str() == key)?;
    Some(attribute.value.as_str().into_owned())
}

/// The only span of a name.
#[must_use]
pub fn named<'a>(spans: &'a [SpanData], name: &str) -> &'a SpanData {
    let mut found = spans.iter().filter(|span| span.name == name);
    match (found.next(), found.next()) {
        (Some(span), None) => span,
        (None, _) => panic!("no span is called {name}"),
        (Some(_), Some(_)) => panic!("several spans are called {name}"),
    }
}

/// The name of the span that the only span of a name stands below; none if that is not among them.
#[must_use]
pub fn parent_name(spans: &[SpanData], name: &str) -> Option<String> {
    let child = named(spans, name);
    let above = |span: &&SpanData| {
        span.span_context.span_id() == child.parent_span_id
            && span.span_context.trace_id() == child.span_context.trace_id()
    };
    spans.iter().find(above).map(|parent| parent.name.to_string())
}
