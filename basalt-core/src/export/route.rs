//! The task that sends the parcels of one destination and acts on its answers.

use std::{sync::Arc, time::Duration};

use tokio::task::{Id, JoinError, JoinSet};

use super::{lane::Carrier, outbox::Outbox, parcel::Reply, waiting::Ticket};
use crate::{backoff::Backoff, foreign};

/// How often in a row a sender may panic before the parcel is given up that it had.
const PANICS: u32 = 3;

/// A task of the delivery runtime.
pub(super) struct Route {
    name: String,
    outbox: Arc<Outbox>,
    carrier: Arc<Carrier>,
    state: State,
    /// What was there when the destination last failed, or at the start, ends before this number. It goes one by one, so
    /// that it arrives in order.
    behind: u64,
    backoff: Backoff,
    /// Set after a failed send, until nothing else is on its way; the inner value is the server's `Retry-After`.
    pause: Option<Option<Duration>>,
    /// What is on its way, by the task that sends it.
    going: Vec<(Id, Ticket)>,
    /// Senders that have panicked in a row.
    panics: u32,
}

/// What was last said of a destination.
#[derive(PartialEq)]
enum State {
    Well,
    Failing,
    Refusing(String),
}

impl Route {
    pub(super) fn new(name: String, outbox: Arc<Outbox>, carrier: Arc<Carrier>) -> Self {
        let (state, backoff) = (State::Well, Backoff::default());
        Self { name, outbox, carrier, state, behind: 1, backoff, pause: None, going: Vec::new(), panics: 0 }
    }

    /// Side by side as long as the destination takes what comes; what has waited for it, one by one. While something
    /// waits for another time, nothing is sent.
    pub(super) async fn run(mut self) {
        let mut senders = JoinSet::new();
        loop {
            if senders.is_empty()
                && let Some(asked) = self.pause.take()
            {
                self.outbox.pause(asked, self.backoff.next()).await;
            }
            tokio::select! {
                biased;
                Some(answered) = senders.join_next_with_id() => self.joined(answered),
                next = self.outbox.next(), if senders.len() < self.room() => {
                    let Some((ticket, cargo)) = next else { return };
                    let carrier = Arc::clone(&self.carrier);
                    let sender = senders.spawn(async move { carrier.carry(cargo).await });
                    self.going.push((sender.id(), ticket));
                }
            }
        }
    }

    /// A sender has an answer, or has panicked: then its parcel is sent again, a few times, where it still can be.
    fn joined(&mut self, answered: Result<(Id, Reply), JoinError>) {
        let (id, reply) = match answered {
            Ok((id, reply)) => (id, Some(reply)),
            Err(error) => {
                let id = error.id();
                // What it was panicked with is dropped with it.
                foreign::caught(|| drop(error));
                (id, None)
            }
        };
        let Some(place) = self.going.iter().position(|(going, _)| *going == id) else { return };
        let (_, ticket) = self.going.swap_remove(place);
        self.panics = if reply.is_some() { 0 } else { self.panics + 1 };
        let reason = || "its sender has panicked".to_owned();
        let reply = reply.unwrap_or_else(|| match self.carrier.sends_again() && self.panics < PANICS {
            true => Reply::Later { reason: reason(), after: None },
            false => Reply::Refused { reason: reason() },
        });
        self.answered(ticket, reply);
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
                    foreign::caught(
                        || tracing::warn!(target: "basalt", destination, reason, "spans cannot be delivered: they are kept"),
                    );
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
                foreign::caught(
                    || tracing::error!(target: "basalt", destination, reason, "spans are refused: they are dropped"),
                );
            }
            State::Well if self.state != State::Well => {
                foreign::caught(
                    || tracing::info!(target: "basalt", destination, "spans are delivered again"),
                );
            }
            _ => {}
        }
        self.state = state;
    }
}

#[cfg(feature = "otlp")]
#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use opentelemetry_sdk::Resource;

    use super::{
        super::{
            Destination, OtlpTarget,
            endpoint::Endpoint,
            parcel::{Cargo, Parcel},
        },
        *,
    };

    /// What happens where the task that sends a parcel panics.
    async fn panicked(route: &mut Route) {
        let mut senders = JoinSet::new();
        let sender = senders.spawn(async { panic!("sender") });
        let (ticket, _) = route.outbox.next().await.unwrap();
        route.going.push((sender.id(), ticket));
        let joined = senders.join_next_with_id().await.unwrap();
        route.joined(joined);
    }

    #[tokio::test]
    async fn a_parcel_whose_sender_panics_is_sent_again_and_given_up_at_last() {
        let endpoint = Endpoint::parse("http://127.0.0.1:4318/v1/traces").unwrap();
        let target = Destination::Otlp(Box::new(OtlpTarget::new(endpoint, Vec::new())));
        let carrier = target.carrier(&Resource::builder_empty().build()).unwrap();
        let outbox = Arc::new(Outbox::new("o", 100, None));
        let mut route = Route::new("o".to_owned(), Arc::clone(&outbox), Arc::new(carrier));
        outbox.put(Parcel { spans: 2, bytes: 10, cargo: Cargo::Message(Bytes::from(vec![0; 10])) });
        for retries in 1..u64::from(PANICS) {
            panicked(&mut route).await;
            assert_eq!((outbox.health().waiting, outbox.health().retries), (2, retries));
        }
        panicked(&mut route).await;
        assert_eq!((outbox.health().waiting, outbox.health().refused), (0, 2));
        assert!(route.going.is_empty());
    }
}
