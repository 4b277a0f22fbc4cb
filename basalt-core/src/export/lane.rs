//! The way to one destination. One that fails or hangs does not hold up the others.

use std::{borrow::Cow, mem, sync::Arc, time::Duration};

use opentelemetry_sdk::{Resource, trace::SpanData};
use tokio::task::JoinSet;

use super::{
    Destination, Exporter, Place, StartError,
    outbox::Outbox,
    parcel::{Cargo, Parcel, Reply},
    spool::Spool,
    waiting::Ticket,
};
use crate::backoff::Backoff;

/// The sending half: the worker's.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) outbox: Arc<Outbox>,
    carrier: Arc<Carrier>,
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
        tokio::spawn(Route::new(name, Arc::clone(&outbox), Arc::clone(&carrier)).run());
        Ok(Self { outbox, carrier, load })
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

    /// Takes in no more, and shuts an exporter down.
    pub(super) fn close(&self) {
        self.outbox.close();
        match &*self.carrier {
            Carrier::Exporter(exporter) => {
                let _ = exporter.shutdown();
            }
            #[cfg(feature = "otlp")]
            Carrier::Collector(_) => {}
        }
    }
}

impl Carrier {
    /// How much may be on its way at once. An exporter is promised that it is asked one by one.
    fn side_by_side(&self) -> usize {
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

    async fn carry(&self, cargo: Cargo) -> Reply {
        match (self, cargo) {
            (Self::Exporter(exporter), Cargo::Spans(spans)) => exported(Arc::clone(exporter), spans).await,
            #[cfg(feature = "otlp")]
            (Self::Collector(collector), Cargo::Message(message)) => collector.send(message).await,
            (_, _) => Reply::Refused { reason: "it was packed for another destination".to_owned() },
        }
    }
}

/// In a task of its own, so that a panic is an answer too. An exporter that fails has done what it could.
async fn exported(exporter: Arc<dyn Exporter>, spans: Vec<SpanData>) -> Reply {
    match tokio::spawn(async move { exporter.export(spans).await }).await {
        Ok(Ok(())) => Reply::Accepted { refused: 0, reason: None },
        Ok(Err(error)) => Reply::Refused { reason: error.to_string() },
        Err(_) => Reply::Refused { reason: "its exporter has panicked".to_owned() },
    }
}

/// Messages that may be on their way at once to a collector that takes them: a round trip costs no throughput.
#[cfg(feature = "otlp")]
const SIDE_BY_SIDE: usize = 16;

/// The carrying half: a task.
struct Route {
    name: String,
    outbox: Arc<Outbox>,
    carrier: Arc<Carrier>,
    state: State,
    /// What was there when the destination last failed, or at the start, ends before this number. It goes one by one, so
    /// that it arrives in order.
    behind: u64,
    backoff: Backoff,
    /// What was not taken waits until nothing else is on its way: for as long as the destination has asked, if it has.
    pause: Option<Option<Duration>>,
}

/// What was last said of a destination.
#[derive(PartialEq)]
enum State {
    Well,
    Failing,
    Refusing(String),
}

impl Route {
    fn new(name: String, outbox: Arc<Outbox>, carrier: Arc<Carrier>) -> Self {
        let (state, backoff) = (State::Well, Backoff::default());
        Self { name, outbox, carrier, state, behind: 1, backoff, pause: None }
    }

    /// Side by side as long as the destination takes what comes; what has waited for it, one by one. While something
    /// waits for another time, nobody knocks.
    async fn run(mut self) {
        let mut going = JoinSet::new();
        loop {
            if going.is_empty()
                && let Some(asked) = self.pause.take()
            {
                self.outbox.pause(asked, self.backoff.next()).await;
            }
            tokio::select! {
                biased;
                Some(answered) = going.join_next() => {
                    if let Ok((ticket, reply)) = answered {
                        self.answered(ticket, reply);
                    }
                }
                next = self.outbox.next(), if going.len() < self.room() => {
                    let Some((ticket, cargo)) = next else { return };
                    let carrier = Arc::clone(&self.carrier);
                    going.spawn(async move { (ticket, carrier.carry(cargo).await) });
                }
            }
        }
    }

    fn room(&self) -> usize {
        match self.pause {
            Some(_) => 0,
            None if self.outbox.is_past(self.behind) => self.carrier.side_by_side(),
            None => 1,
        }
    }

    fn answered(&mut self, ticket: Ticket, reply: Reply) {
        match reply {
            Reply::Accepted { refused, reason } => {
                if self.pause.is_none() {
                    self.backoff.reset();
                    self.say(match (&reason, refused) {
                        (Some(reason), 1..) => State::Refusing(reason.clone()),
                        _ => State::Well,
                    });
                }
                self.outbox.accepted(ticket, refused, reason.as_deref());
            }
            Reply::Refused { reason } => {
                self.backoff.reset();
                self.outbox.refused(ticket, &reason);
                self.say(State::Refusing(reason));
            }
            Reply::Later { reason, after } => {
                self.outbox.later(ticket, &reason);
                if self.state != State::Failing {
                    let destination = &self.name;
                    tracing::warn!(target: "basalt", destination, reason, "spans cannot be delivered: they are kept");
                }
                self.state = State::Failing;
                self.behind = self.outbox.next_number();
                self.pause = Some(self.pause.flatten().max(after));
            }
        }
    }

    /// One line per change.
    fn say(&mut self, state: State) {
        let destination = &self.name;
        match &state {
            State::Refusing(reason) if state != self.state => {
                tracing::error!(target: "basalt", destination, reason, "spans are refused: they are dropped");
            }
            State::Well if self.state != State::Well => {
                tracing::info!(target: "basalt", destination, "spans are delivered again");
            }
            _ => {}
        }
        self.state = state;
    }
}
