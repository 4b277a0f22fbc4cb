//! The process that makes spans at a rate and has them delivered.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use basalt_tower::{Basalt, Protocol};
use clap::Args;
use opentelemetry::{
    KeyValue,
    trace::{Span, SpanKind, Tracer, TracerProvider},
};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tokio::runtime::{Builder, Runtime};

use super::{Deliverer, Offered, Wire};
use crate::{pipe::tell, threads};

/// In whose name.
pub(super) const SERVICE: &str = "delivery";

/// Spans are made in bursts of so long.
const BURST: Duration = Duration::from_millis(1);

/// How long delivery may take for what is left.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is offered.
#[derive(Debug, Clone, Args)]
pub(crate) struct Offer {
    #[arg(value_enum)]
    deliverer: Deliverer,
    #[arg(value_enum)]
    wire: Wire,
    collector: String,
    /// Spans per second.
    rate: f64,
    seconds: f64,
}

/// Makes the spans, waits until they are delivered, and tells what it took.
pub(crate) fn offer(offer: &Offer) -> Result<()> {
    // For the channel of the SDK's exporter; on a thread of its own, as in a service.
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let pipeline = Pipeline::start(offer, &runtime)?;
    let begun = Instant::now();
    let spans = offer.make(&pipeline.provider);
    let offering_seconds = begun.elapsed().as_secs_f64();
    pipeline.flush();
    let seconds = begun.elapsed().as_secs_f64();
    let core = threads::of_process(std::process::id())?.saturating_sub(threads::of_this()?);
    tell(serde_json::to_string(&Offered {
        spans,
        offering_seconds,
        seconds,
        core_seconds: core.as_secs_f64(),
    })?)
}

impl Offer {
    /// As many in every burst as are due.
    fn make(&self, provider: &SdkTracerProvider) -> u64 {
        let tracer = provider.tracer("bench");
        let all = (self.rate * self.seconds) as u64;
        let begun = Instant::now();
        let mut made = 0;
        while made < all {
            let due = (begun.elapsed().as_secs_f64() * self.rate) as u64;
            for _ in made..due.min(all) {
                make_one(&tracer);
            }
            made = made.max(due.min(all));
            thread::sleep(BURST);
        }
        made
    }
}

/// A server span of eight attributes.
fn make_one(tracer: &impl Tracer) {
    let attributes = [
        KeyValue::new("http.request.method", "GET"),
        KeyValue::new("http.route", "/users/{id}"),
        KeyValue::new("url.path", "/users/1234".to_owned()),
        KeyValue::new("url.scheme", "http"),
        KeyValue::new("server.address", "shop.example.com".to_owned()),
        KeyValue::new("user_agent.original", "curl/8.5.0".to_owned()),
        KeyValue::new("network.protocol.version", "1.1"),
        KeyValue::new("http.response.status_code", 200_i64),
    ];
    let span = tracer.span_builder("GET /users/{id}").with_kind(SpanKind::Server).with_attributes(attributes);
    span.start(tracer).end();
}

struct Pipeline {
    provider: SdkTracerProvider,
    ours: Option<Basalt>,
}

impl Pipeline {
    fn start(offer: &Offer, runtime: &Runtime) -> Result<Self> {
        let _entered = runtime.enter();
        match offer.deliverer {
            Deliverer::Ours => Self::ours(offer),
            Deliverer::Sdk => Self::sdk(offer),
        }
    }

    fn ours(offer: &Offer) -> Result<Self> {
        let protocol = match offer.wire {
            Wire::Grpc => Protocol::Grpc,
            Wire::Http => Protocol::HttpProtobuf,
        };
        let basalt = Basalt::builder().service_name(SERVICE).endpoint(&offer.collector).protocol(protocol);
        let basalt = basalt.build()?;
        let processor = basalt.span_processor().context("telemetry is off")?;
        let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
        Ok(Self { provider, ours: Some(basalt) })
    }

    fn sdk(offer: &Offer) -> Result<Self> {
        let exporter = match offer.wire {
            Wire::Grpc => SpanExporter::builder().with_tonic().with_endpoint(&offer.collector).build()?,
            Wire::Http => {
                let endpoint = format!("{}/v1/traces", offer.collector);
                SpanExporter::builder().with_http().with_endpoint(endpoint).build()?
            }
        };
        let resource = Resource::builder().with_service_name(SERVICE).build();
        let provider = SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter);
        Ok(Self { provider: provider.build(), ours: None })
    }

    /// What was lost is told by the collector.
    fn flush(&self) {
        match &self.ours {
            Some(basalt) => drop(basalt.flush_blocking(PATIENCE)),
            None => drop(self.provider.force_flush()),
        }
    }
}
