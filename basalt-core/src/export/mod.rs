//! From the end of a span to the collector's yes, on a thread of its own.

mod answer;
mod console;
mod delivery;
mod destination;
mod ending;
mod endpoint;
mod error;
mod exporter;
#[cfg(all(test, feature = "otlp"))]
mod fuzz;
mod health;
mod lane;
mod occupancy;
#[cfg(feature = "otlp")]
mod otlp;
#[cfg_attr(not(feature = "otlp"), expect(dead_code, reason = "nothing is sent"))]
mod outbox;
#[cfg_attr(not(feature = "otlp"), expect(dead_code, reason = "nothing is sent"))]
mod parcel;
mod process;
mod queue;
mod redact;
mod report;
mod route;
#[cfg(feature = "spool")]
mod spool;
#[cfg(not(feature = "spool"))]
#[path = "unspooled.rs"]
mod spool;
mod thread;
mod unify;
mod waiting;
mod weight;
mod worker;

use std::sync::atomic;

pub(crate) use console::Printer;
pub(crate) use delivery::Delivery;
pub(crate) use destination::{Destination, OtlpTarget};
pub(crate) use endpoint::Endpoint;
pub use endpoint::Protocol;
pub use error::{DeliveryError, StartError};
pub(crate) use exporter::Exporter;
pub use health::{DestinationHealth, Health};
pub(crate) use occupancy::Bounds;
pub(crate) use queue::{Enqueue, Finished};
pub use redact::{InvalidPattern, Redaction, RedactionBuilder};
pub(crate) use spool::Place;
pub(crate) use unify::unify;
pub(crate) use weight::weight;
