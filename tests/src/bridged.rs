//! A process that was told once, as docs/interop.md has it, where all its spans go.

use std::sync::LazyLock;

use basalt_core::{
    Basalt,
    opentelemetry::{global, trace::TracerProvider},
    testing::Recorder,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing_subscriber::{Layer, filter::LevelFilter, layer::SubscriberExt, util::SubscriberInitExt};

use crate::observed::recording;

/// The process's provider, propagator and subscriber: ours, from the first look on. Instrumentation that asks the
/// process for its provider is made afterwards.
pub static PROCESS: LazyLock<(Basalt, Recorder)> = LazyLock::new(|| {
    let (basalt, recorder) = recording();
    let bridge = basalt.tracer_provider().map(|provider| {
        let tracer = provider.tracer("support-api");
        tracing_opentelemetry::layer().with_tracer(tracer).with_filter(LevelFilter::INFO)
    });
    tracing_subscriber::registry().with(bridge).init();
    if let Some(provider) = basalt.tracer_provider() {
        global::set_tracer_provider(provider);
    }
    global::set_text_map_propagator(TraceContextPropagator::new());
    (basalt, recorder)
});

/// A caller's trace.
pub const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
/// The span of it that calls.
pub const SPAN: &str = "b7ad6b7169203331";
