//! Prompts that were fetched before.

use std::{
    collections::HashMap,
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use super::{ApiError, prompt::Fetched, wanted::Wanted};

/// Prompts that are kept; the one whose last request is longest ago goes first.
const MOST: usize = 1_000;
/// After the API has failed, the older answer is given at once for this long.
const PAUSE: Duration = Duration::from_secs(10);

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The API, just now.
    Asked,
    /// Memory, and it is fresh.
    Kept,
    /// Memory, since the API is away.
    Stale,
}

/// Answers by what was asked. Of callers that want the same at once, one asks, and all are told.
#[derive(Debug)]
pub(super) struct Cache {
    /// How long an answer is fresh.
    ttl: Duration,
    slots: Mutex<HashMap<Wanted, Arc<Slot>>>,
    /// Whether the API was away when it was last asked.
    outage: AtomicBool,
}

#[derive(Debug, Default)]
struct Slot {
    /// Whose turn it is to ask.
    turn: tokio::sync::Mutex<()>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    answer: Option<(Arc<Fetched>, Instant)>,
    /// How the last request has failed, and when.
    failure: Option<(ApiError, Instant)>,
    requests: u64,
    asked: Option<Instant>,
}

pub(super) type Answer = Result<(Arc<Fetched>, Origin), ApiError>;

impl Cache {
    pub(super) fn new(ttl: Duration) -> Self {
        Self { ttl, slots: Mutex::default(), outage: AtomicBool::new(false) }
    }

    /// What is kept, if it is fresh; else what `ask` brings; else, while the API is away, what is kept after all.
    pub(super) async fn get(
        &self,
        key: Wanted,
        ask: impl Future<Output = Result<Fetched, ApiError>>,
    ) -> Answer {
        let slot = self.slot(key);
        let seen = {
            let kept = slot.kept();
            if let Some(answer) = kept.at_once(self.ttl) {
                return Ok(answer);
            }
            kept.requests
        };
        let _turn = slot.turn.lock().await;
        if let Some(answer) = slot.kept().since(seen) {
            return answer;
        }
        let outcome = ask.await;
        let answer = slot.kept().learn(outcome);
        self.heard(&answer);
        answer
    }

    fn slot(&self, key: Wanted) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(&key) {
            return Arc::clone(slot);
        }
        if slots.len() >= MOST {
            let idle = slots.iter().filter(|(_, slot)| Arc::strong_count(slot) == 1);
            let oldest = idle.min_by_key(|(_, slot)| slot.kept().asked).map(|(key, _)| key.clone());
            oldest.and_then(|key| slots.remove(&key));
        }
        Arc::clone(slots.entry(key).or_default())
    }

    /// Says once per outage that answers are old.
    fn heard(&self, answer: &Answer) {
        match answer {
            Ok((_, Origin::Stale)) if !self.outage.swap(true, Ordering::Relaxed) => {
                tracing::warn!(target: "basalt", "the Basalt API cannot be reached: prompts are answered from memory");
            }
            Ok((_, Origin::Asked)) => self.outage.store(false, Ordering::Relaxed),
            _ => {}
        }
    }
}

impl Slot {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// What can be answered without a request.
    fn at_once(&self, ttl: Duration) -> Option<(Arc<Fetched>, Origin)> {
        let (answer, since) = self.answer.as_ref()?;
        if since.elapsed() < ttl {
            return Some((Arc::clone(answer), Origin::Kept));
        }
        let (_, failed) = self.failure.as_ref()?;
        (failed.elapsed() < PAUSE).then(|| (Arc::clone(answer), Origin::Stale))
    }

    /// What another caller has learnt, if one has asked since `requests` had been made.
    fn since(&self, requests: u64) -> Option<Answer> {
        if self.requests == requests {
            return None;
        }
        Some(match (&self.failure, &self.answer) {
            (None, Some((answer, _))) => Ok((Arc::clone(answer), Origin::Kept)),
            (Some(_), Some((answer, _))) => Ok((Arc::clone(answer), Origin::Stale)),
            (Some((error, _)), None) => Err(error.clone()),
            (None, None) => return None,
        })
    }

    fn learn(&mut self, outcome: Result<Fetched, ApiError>) -> Answer {
        let now = Instant::now();
        self.requests += 1;
        self.asked = Some(now);
        match outcome {
            Ok(fetched) => {
                let answer = Arc::new(fetched);
                self.answer = Some((Arc::clone(&answer), now));
                self.failure = None;
                Ok((answer, Origin::Asked))
            }
            Err(error) => {
                if !error.is_outage() {
                    self.answer = None;
                }
                self.failure = Some((error.clone(), now));
                let answer = self.answer.as_ref().map(|(answer, _)| (Arc::clone(answer), Origin::Stale));
                answer.ok_or(error)
            }
        }
    }
}
