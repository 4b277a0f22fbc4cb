//! No interleaving of pushes, pushes without room, and the delivery thread loses a wake-up: every one is tried.
//!
//! The file under test is the one that the queue is built from, compiled here with loom's atomics.

use std::collections::VecDeque;

use loom::{
    sync::{Arc, Mutex, Notify},
    thread,
};
use occupancy::{Bounds, Occupancy};

/// Loom takes `SeqCst` of an access for less than it is, and of a fence for what it is: so loads, stores and updates
/// have a fence. All accesses of the file are `SeqCst`, so this is what they mean.
mod atomic {
    pub(crate) use loom::sync::atomic::Ordering;
    use loom::sync::atomic::fence;

    macro_rules! sequential {
        ($($name:ident of $value:ty),+) => {$(
            #[derive(Debug)]
            pub(crate) struct $name(loom::sync::atomic::$name);

            #[allow(dead_code, reason = "not every type needs all")]
            impl $name {
                pub(crate) fn new(value: $value) -> Self {
                    Self(loom::sync::atomic::$name::new(value))
                }

                pub(crate) fn load(&self, order: Ordering) -> $value {
                    alone(|| self.0.load(order))
                }

                pub(crate) fn store(&self, value: $value, order: Ordering) {
                    alone(|| self.0.store(value, order));
                }

                pub(crate) fn swap(&self, value: $value, order: Ordering) -> $value {
                    self.0.swap(value, order)
                }

                pub(crate) fn fetch_sub(&self, value: $value, order: Ordering) -> $value {
                    self.0.fetch_sub(value, order)
                }

                pub(crate) fn fetch_update(
                    &self,
                    set: Ordering,
                    fetch: Ordering,
                    update: impl FnMut($value) -> Option<$value>,
                ) -> Result<$value, $value> {
                    alone(|| self.0.fetch_update(set, fetch, update))
                }
            }
        )+};
    }

    sequential!(AtomicU8 of u8, AtomicUsize of usize);

    fn alone<R>(access: impl FnOnce() -> R) -> R {
        fence(Ordering::SeqCst);
        let result = access();
        fence(Ordering::SeqCst);
        result
    }
}

#[path = "../../basalt-core/src/export/occupancy.rs"]
#[allow(dead_code, unreachable_pub, reason = "the queue uses all of it")]
mod occupancy;

/// The queue without its buffers: one list.
struct Queue {
    occupancy: Occupancy,
    spans: Mutex<VecDeque<usize>>,
    wake: Notify,
}

impl Queue {
    fn new(bounds: Bounds) -> Arc<Self> {
        let (spans, wake) = (Mutex::new(VecDeque::new()), Notify::new());
        Arc::new(Self { occupancy: Occupancy::new(bounds), spans, wake })
    }

    /// As a thread that ends a span does it; false if there is no room.
    fn push(&self, weight: usize) -> bool {
        let mut spans = self.spans.lock().unwrap();
        let fits = self.occupancy.reserve(weight);
        if fits {
            spans.push_back(weight);
        }
        drop(spans);
        if if fits { self.occupancy.wakes() } else { self.occupancy.wakes_for_room() } {
            self.wake.notify();
        }
        fits
    }

    /// As the delivery thread does it, which waits for ever where nobody wakes it up: loom then says so.
    fn take(&self, lingers: bool) -> usize {
        while self.occupancy.sleeps_while_empty() {
            self.wake.wait();
        }
        if lingers && self.occupancy.sleeps_while_few() {
            self.wake.wait();
        }
        self.occupancy.awake();
        let taken = std::mem::take(&mut *self.spans.lock().unwrap());
        self.occupancy.release(taken.len(), taken.iter().sum());
        taken.len()
    }
}

/// Tries every interleaving in which threads are interrupted twice at the most.
fn model(work: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(work);
}

/// Threads that push these weights at once, beside the delivery thread, which takes until it has all that found room.
fn every_interleaving(bounds: Bounds, weights: &'static [usize], lingers: bool) {
    model(move || {
        let queue = Queue::new(bounds);
        let push = |&weight: &usize| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || usize::from(queue.push(weight)))
        };
        let pushing: Vec<_> = weights.iter().map(push).collect();
        let mut taken = queue.take(lingers);
        let pushed: usize = pushing.into_iter().map(|thread| thread.join().unwrap()).sum();
        while taken < pushed {
            taken += queue.take(false);
        }
        assert_eq!((taken, queue.occupancy.spans()), (pushed, 0));
    });
}

#[test]
fn a_push_beside_one_that_finds_no_room_wakes_up_the_delivery_thread() {
    every_interleaving(Bounds { spans: 100, bytes: 10 }, &[4, 20], false);
    every_interleaving(Bounds { spans: 100, bytes: 10 }, &[6, 6], false);
    every_interleaving(Bounds { spans: 1, bytes: 100 }, &[1, 1], false);
}

#[test]
fn a_push_that_makes_a_batch_wakes_up_the_delivery_thread_that_lingers() {
    // A quarter of the bound is a batch: one span of four, two of eight, and the bytes likewise.
    every_interleaving(Bounds { spans: 4, bytes: 100 }, &[1, 1], true);
    every_interleaving(Bounds { spans: 8, bytes: 1_000 }, &[1, 1], true);
    every_interleaving(Bounds { spans: 1_000, bytes: 8 }, &[1, 1], true);
    every_interleaving(Bounds { spans: 1_000, bytes: 8 }, &[2, 20], true);
}

#[test]
fn a_push_without_room_leaves_no_trace_in_the_room_that_is_left() {
    model(|| {
        let queue = Queue::new(Bounds { spans: 10, bytes: 10 });
        let long = {
            let queue = Arc::clone(&queue);
            thread::spawn(move || queue.push(11))
        };
        assert!(queue.push(10), "there is room for it, whatever the other one asks for");
        assert!(!long.join().unwrap());
    });
}
