//! One destination, as the worker sees it. One that fails or hangs does not hold up the others.

use std::{borrow::Cow, mem, sync::Arc};

use opentelemetry_sdk::{Resource, trace::SpanData};

use super::{
    Destination, Exporter, Place, StartError,
    exporter::{Named, export},
    outbox::Outbox,
    parcel::{Cargo, Parcel, Reply},
    route::Route,
    spool::Spool,
};

/// The sending half: the worker's.
#[derive(Debug)]
pub(super) struct Lane {
    name: String,
    pub(super) outbox: Arc<Outbox>,
    carrier: Arc<Carrier>,
    /// Held while an exporter is flushed.
    flushing: Arc<tokio::sync::Mutex<()>>,
    load: Load,
}

/// The spans of a parcel that is being made.
#[derive(Debug)]
enum Load {
    Spans(Vec<SpanData>),
    #[cfg(feature = "otlp")]
    Message(super::otlp::Packer),
}

/// What brings parcels to a destination.
#[derive(Debug)]
pub(super) enum Carrier {
    Exporter(Arc<dyn Exporter>),
    #[cfg(feature = "otlp")]
    Collector(Box<super::otlp::Collector>),
}

impl Lane {
    /// Starts a task of the delivery runtime that carries parcel by parcel.
    pub(super) fn open(
        destination: Destination,
        limit: usize,
        resource: &Resource,
    ) -> Result<Self, StartError> {
        let name = destination.name();
        let open = |place: &Place| Spool::open(place, &name).map_err(|error| place.unusable(&error));
        let spool = destination.spool().map(open).transpose()?;
        let carrier = destination.carrier(resource);
        let carrier = carrier.map_err(|reason| StartError::Exporter { destination: name.clone(), reason })?;
        let load = match &carrier {
            Carrier::Exporter(_) => Load::Spans(Vec::new()),
            #[cfg(feature = "otlp")]
            Carrier::Collector(_) => Load::Message(super::otlp::Collector::packer(resource)),
        };
        let (outbox, carrier) = (Arc::new(Outbox::new(&name, limit, spool)), Arc::new(carrier));
        tokio::spawn(Route::new(name.clone(), Arc::clone(&outbox), Arc::clone(&carrier)).run());
        Ok(Self { name, outbox, carrier, flushing: Arc::default(), load })
    }

    /// Takes a span in, which is sent with others.
    pub(super) fn put(&mut self, span: Cow<'_, SpanData>) {
        match &mut self.load {
            Load::Spans(spans) => spans.push(span.into_owned()),
            #[cfg(feature = "otlp")]
            Load::Message(packer) => {
                let (complete, taken) = packer.put(&span);
                if !taken {
                    self.outbox.too_long(1);
                }
                if let Some(parcel) = complete {
                    self.outbox.put(self.carrier.packed(parcel));
                }
            }
        }
    }

    /// Sends what was taken in.
    pub(super) fn send(&mut self) {
        let parcel = match &mut self.load {
            Load::Spans(spans) => Parcel::of(mem::take(spans)),
            #[cfg(feature = "otlp")]
            Load::Message(packer) => packer.finish(),
        };
        if let Some(parcel) = parcel {
            self.outbox.put(self.carrier.packed(parcel));
        }
    }

    /// The exporter, if it is one.
    pub(super) fn exporter(&self) -> Option<Named> {
        match &*self.carrier {
            Carrier::Exporter(exporter) => Some(Named {
                name: self.name.clone(),
                exporter: Arc::clone(exporter),
                flushing: Arc::clone(&self.flushing),
            }),
            #[cfg(feature = "otlp")]
            Carrier::Collector(_) => None,
        }
    }
}

/// Messages that may be on their way at once to a collector that takes them: a round trip costs no throughput.
#[cfg(feature = "otlp")]
const SIDE_BY_SIDE: usize = 16;

impl Carrier {
    /// How much may be on its way at once. An exporter is promised that it is asked one by one.
    pub(super) fn side_by_side(&self) -> usize {
        match self {
            Self::Exporter(_) => 1,
            #[cfg(feature = "otlp")]
            Self::Collector(_) => SIDE_BY_SIDE,
        }
    }

    /// As it is sent, whatever the attempts.
    fn packed(&self, parcel: Parcel) -> Parcel {
        match (self, parcel) {
            #[cfg(feature = "otlp")]
            (Self::Collector(collector), Parcel { spans, cargo: Cargo::Message(message), .. }) => {
                let message = collector.pack(message);
                Parcel { spans, bytes: message.len(), cargo: Cargo::Message(message) }
            }
            (_, parcel) => parcel,
        }
    }

    /// Whether a parcel is kept while it is on its way. An exporter is given the only copy.
    pub(super) fn sends_again(&self) -> bool {
        match self {
            Self::Exporter(_) => false,
            #[cfg(feature = "otlp")]
            Self::Collector(_) => true,
        }
    }

    pub(super) async fn carry(&self, cargo: Cargo) -> Reply {
        match (self, cargo) {
            (Self::Exporter(exporter), Cargo::Spans(spans)) => match export(exporter, spans).await {
                Ok(()) => Reply::Accepted { refused: 0, reason: None },
                // It has done what it could.
                Err(reason) => Reply::Refused { reason },
            },
            #[cfg(feature = "otlp")]
            (Self::Collector(collector), Cargo::Message(message)) => collector.send(message).await,
            (_, _) => Reply::Refused { reason: "it was packed for another destination".to_owned() },
        }
    }
}
