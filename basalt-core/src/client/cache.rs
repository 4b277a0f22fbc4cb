//! Prompts that were fetched before.

use std::{
    collections::HashMap,
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use super::{ApiError, prompt::Fetched, wanted::Wanted};

/// Prompts that are kept; the one that was wanted longest ago goes first.
const MOST: usize = 1_000;
/// Bytes that they take. An answer that is longer by itself is not kept.
const BYTES: usize = 16 * 1024 * 1024;
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
    slots: Mutex<Slots>,
    /// Whether the API was away when it was last asked.
    outage: AtomicBool,
}

#[derive(Debug, Default)]
struct Slots {
    by_key: HashMap<Wanted, Arc<Slot>>,
    /// How often a prompt was wanted.
    wanted: u64,
    /// Bytes of all answers.
    bytes: usize,
}

#[derive(Debug, Default)]
struct Slot {
    /// When it was wanted last.
    wanted: AtomicU64,
    /// What its answer counts among the bytes of all.
    bytes: AtomicUsize,
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
        let slot = self.slot(&key);
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
        self.weigh(&key, &slot);
        self.heard(&answer);
        answer
    }

    fn slot(&self, key: &Wanted) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.wanted += 1;
        if !slots.by_key.contains_key(key) {
            slots.make_room(MOST - 1, BYTES);
        }
        let slot = Arc::clone(slots.by_key.entry(key.clone()).or_default());
        slot.wanted.store(slots.wanted, Ordering::Relaxed);
        slot
    }

    /// Counts what a slot keeps now.
    fn weigh(&self, key: &Wanted, slot: &Arc<Slot>) {
        let mut bytes = slot.kept().weight();
        if bytes > BYTES {
            slot.kept().answer = None;
            bytes = 0;
        }
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.by_key.get(key).is_some_and(|kept| Arc::ptr_eq(kept, slot)) {
            let before = slot.bytes.swap(bytes, Ordering::Relaxed);
            slots.bytes = (slots.bytes + bytes).saturating_sub(before);
            slots.make_room(MOST, BYTES);
        }
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

impl Slots {
    /// Lets go of those that were wanted longest ago, but for those that somebody waits for.
    fn make_room(&mut self, most: usize, bytes: usize) {
        while self.by_key.len() > most || self.bytes > bytes {
            let idle = self.by_key.iter().filter(|(_, slot)| Arc::strong_count(slot) == 1);
            let oldest = idle.min_by_key(|(_, slot)| slot.wanted.load(Ordering::Relaxed));
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else { return };
            let gone = self.by_key.remove(&oldest);
            self.bytes -= gone.map_or(0, |slot| slot.bytes.load(Ordering::Relaxed)).min(self.bytes);
        }
    }
}

impl Slot {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Bytes of memory, roughly.
    fn weight(&self) -> usize {
        self.answer.as_ref().map_or(0, |(answer, _)| answer.weight())
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(text: &str) -> Fetched {
        serde_json::from_value(serde_json::json!({ "text": text })).unwrap()
    }

    /// Whether a prompt had to be asked for; one is this long.
    fn asked(cache: &Cache, slug: &str, length: usize) -> bool {
        let answer = cache.get(Wanted::new(slug), async { Ok(prompt(&"x".repeat(length))) });
        pollster::block_on(answer).unwrap().1 == Origin::Asked
    }

    fn held(cache: &Cache) -> (usize, usize) {
        let slots = cache.slots.lock().unwrap();
        assert_eq!(slots.bytes, slots.by_key.values().map(|slot| slot.kept().weight()).sum::<usize>());
        (slots.by_key.len(), slots.bytes)
    }

    #[test]
    fn the_prompt_that_was_wanted_longest_ago_goes_first() {
        let cache = Cache::new(Duration::from_secs(3600));
        for number in 0..MOST {
            assert!(asked(&cache, &number.to_string(), 1));
        }
        assert!(!asked(&cache, "0", 1), "the oldest answer, wanted again");
        assert!(asked(&cache, "one more", 1));
        assert!(!asked(&cache, "0", 1), "it is still there");
        assert!(asked(&cache, "1", 1), "this one had to go");
        assert_eq!(held(&cache).0, MOST);
    }

    #[test]
    fn prompts_take_no_more_memory_than_they_may() {
        let cache = Cache::new(Duration::from_secs(3600));
        for number in 0..100 {
            assert!(asked(&cache, &number.to_string(), 1024 * 1024));
            assert!(held(&cache).1 <= BYTES);
        }
        assert!(held(&cache).0 > 10 && !asked(&cache, "99", 1) && asked(&cache, "1", 1));
        assert!(asked(&cache, "huge", BYTES) && asked(&cache, "huge", BYTES), "longer than all may be");
        assert!(!asked(&cache, "99", 1), "it has not driven out the others");
    }
}
