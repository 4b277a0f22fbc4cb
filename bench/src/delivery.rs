//! How many spans a second reach a collector before the first is dropped: our delivery beside the SDK's batch
//! processor, behind the same spans of the SDK.

mod offer;

use std::time::Duration;

use anyhow::Result;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

pub(crate) use offer::{Offer, offer};

use crate::{pipe::Partner, sink::Sink};

/// Where the climb begins, in spans per second, and how much more each rate is than the one before: finer where the
/// ratio that is asked for is small.
const NEXT_DOOR: (f64, f64) = (84_000.0, 1.19);
const FAR_AWAY: (f64, f64) = (4_000.0, std::f64::consts::SQRT_2);

/// A neighbour's work is no reason to end.
const TRIES: usize = 2;

/// Who delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Deliverer {
    /// Ours, as it is by default.
    Ours,
    /// `BatchSpanProcessor` and `opentelemetry-otlp`, as they are by default.
    Sdk,
}

/// How.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Wire {
    Grpc,
    Http,
}

/// The most that was delivered without a loss.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Delivered {
    pub(crate) deliverer: Deliverer,
    pub(crate) wire: Wire,
    /// Before every answer of the collector.
    pub(crate) delay_milliseconds: u64,
    /// From the first span to the last that was taken.
    pub(crate) spans_per_second: f64,
    /// Of a core, on all threads but the one that makes the spans.
    pub(crate) microseconds_per_span: f64,
    /// At the first rate that was too much.
    pub(crate) dropped: Option<Dropped>,
}

/// What was lost at a rate.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Dropped {
    pub(crate) offered_per_second: f64,
    pub(crate) share: f64,
}

/// What one rate has cost, as the process that offered it says.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Offered {
    pub(crate) spans: u64,
    /// Until the last span was offered, and until all were delivered.
    pub(crate) offering_seconds: f64,
    pub(crate) seconds: f64,
    pub(crate) core_seconds: f64,
}

impl Offered {
    /// What waits would take as long again as it took to make it.
    fn is_behind(self) -> bool {
        self.seconds > 2.0 * self.offering_seconds
    }
}

/// How long each rate is held.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delivery {
    pub(crate) seconds: f64,
}

impl Delivery {
    /// Both, by both protocols, with a collector next door and with one that is far away.
    pub(crate) fn measure(self) -> Result<Vec<Delivered>> {
        let mut all = Vec::new();
        for delay in [Duration::ZERO, Duration::from_millis(50)] {
            for wire in [Wire::Grpc, Wire::Http] {
                for deliverer in [Deliverer::Ours, Deliverer::Sdk] {
                    all.push(self.climb(deliverer, wire, delay)?);
                }
            }
        }
        Ok(all)
    }

    /// Offers more and more until something is dropped at every try, or delivery falls far behind without dropping, or no
    /// more can be made.
    fn climb(self, deliverer: Deliverer, wire: Wire, delay: Duration) -> Result<Delivered> {
        let mut best = Delivered {
            deliverer,
            wire,
            delay_milliseconds: delay.as_millis() as u64,
            spans_per_second: 0.0,
            microseconds_per_span: 0.0,
            dropped: None,
        };
        let (mut rate, step) = if delay.is_zero() { NEXT_DOOR } else { FAR_AWAY };
        while best.dropped.is_none() {
            let mut saturated = false;
            for _ in 0..TRIES {
                let (offered, received) = self.hold(rate, &best)?;
                saturated = offered.offering_seconds > 1.1 * self.seconds || offered.is_behind();
                best.dropped = best.take(offered, received);
                if best.dropped.is_none() {
                    break;
                }
            }
            if saturated {
                break;
            }
            rate *= step;
        }
        Ok(best)
    }

    fn hold(self, rate: f64, of: &Delivered) -> Result<(Offered, u64)> {
        let mut sink = Sink::start(None, 0, Duration::from_millis(of.delay_milliseconds))?;
        let name = |value: Option<clap::builder::PossibleValue>| {
            value.map(|value| value.get_name().to_owned()).unwrap_or_default()
        };
        let (deliverer, wire) = (name(of.deliverer.to_possible_value()), name(of.wire.to_possible_value()));
        let (rate, seconds) = (rate.to_string(), self.seconds.to_string());
        let mut partner =
            Partner::start(None, &["deliver", &deliverer, &wire, &sink.url(), &rate, &seconds])?;
        let offered = serde_json::from_str(&partner.hear()?)?;
        Ok((offered, sink.count(offer::SERVICE)?.spans))
    }
}

impl Delivered {
    /// What was dropped; if nothing was, the rate counts.
    fn take(&mut self, offered: Offered, received: u64) -> Option<Dropped> {
        let lost = offered.spans.saturating_sub(received);
        if lost > 0 {
            let offered_per_second = offered.spans as f64 / offered.offering_seconds;
            return Some(Dropped { offered_per_second, share: lost as f64 / offered.spans as f64 });
        }
        let rate = offered.spans as f64 / offered.seconds;
        if rate > self.spans_per_second {
            self.spans_per_second = rate;
            self.microseconds_per_span = offered.core_seconds * 1e6 / offered.spans as f64;
        }
        None
    }
}
