//! Delivery leaves no spans of its own where all that happens in the process is bridged.

use std::{future::pending, sync::mpsc, thread, time::Duration};

use basalt_tests::{collector::Collector, wait};
use basalt_tower::{Protocol, opentelemetry::trace::TracerProvider};
use opentelemetry_sdk::trace::SdkTracer;
use tracing::{info_span, subscriber::NoSubscriber};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{Registry, layer::SubscriberExt, reload};

/// A collector that nobody observes, for the rest of the process.
fn unseen_collector() -> Collector {
    let (started, collector) = mpsc::channel();
    thread::spawn(move || {
        tracing::subscriber::with_default(NoSubscriber::default(), || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                started.send(Collector::start().await).unwrap();
                pending::<()>().await;
            });
        });
    });
    collector.recv().unwrap()
}

#[tokio::test]
async fn delivering_spans_makes_none() {
    let (bridge, handle) = reload::Layer::new(None::<OpenTelemetryLayer<Registry, SdkTracer>>);
    tracing::subscriber::set_global_default(Registry::default().with(bridge)).unwrap();
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        let collector = unseen_collector();
        let basalt = collector.builder(protocol).build().unwrap();
        let tracer = basalt.tracer_provider().unwrap().tracer("jobs");
        handle.reload(Some(tracing_opentelemetry::layer().with_tracer(tracer))).unwrap();
        for _ in 0..5 {
            basalt.start_observe("jobs", "job").in_scope(|_| info_span!("work").in_scope(|| {}));
            basalt.flush(Duration::from_secs(30)).await.unwrap();
        }
        let spans = wait::until("ten spans", || async {
            let spans = collector.spans();
            (spans.len() >= 10).then_some(spans)
        })
        .await;
        let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
        assert_eq!(names, ["work", "job"].repeat(5), "{protocol:?}");
        basalt.shutdown().await.unwrap();
    }
}
