//! A program: threads that open, set, hand around and end spans in any order, and panic.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use basalt_core::{Basalt, RootSpan, Span, observe};
use fastrand::Rng;

use super::ON_PURPOSE;

const THREADS: usize = 4;

pub(super) struct Work {
    basalt: Basalt,
    threads: Vec<Rng>,
    shared: Arc<Shared>,
    /// When somebody shuts down in the middle, if at all.
    stops: Option<(usize, Duration)>,
    steps: usize,
}

/// What all threads have in common.
#[derive(Default)]
struct Shared {
    /// Handles that any thread may use and drop.
    open: Mutex<Vec<Open>>,
    /// Spans that were recorded.
    made: AtomicU64,
}

enum Open {
    Root(RootSpan),
    Step(Span),
}

/// Cannot be shown.
struct Unwell(bool);

impl fmt::Display for Unwell {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        assert!(!self.0, "{ON_PURPOSE}");
        Err(fmt::Error)
    }
}

impl Work {
    pub(super) fn new(basalt: &Basalt, chance: &mut Rng) -> Self {
        let stop = (chance.usize(..THREADS), Duration::from_millis(chance.u64(1..100)));
        Self {
            basalt: basalt.clone(),
            threads: (0..THREADS).map(|_| chance.fork()).collect(),
            shared: Arc::default(),
            stops: chance.bool().then_some(stop),
            steps: chance.usize(50..1_500),
        }
    }

    /// How many spans were made; all of them have ended.
    pub(super) async fn run(self) -> u64 {
        let Self { basalt, threads, shared, stops, steps } = self;
        let threads: Vec<_> = threads
            .into_iter()
            .enumerate()
            .map(|(number, chance)| {
                let stops = stops.filter(|(thread, _)| *thread == number).map(|(_, limit)| limit);
                let mut actor = Actor { basalt: basalt.clone(), shared: Arc::clone(&shared), chance };
                thread::spawn(move || {
                    for step in 0..steps {
                        if step == steps / 2
                            && let Some(limit) = stops
                        {
                            let _ = actor.basalt.shutdown_blocking_within(limit);
                        }
                        actor.act();
                    }
                })
            })
            .collect();
        let joined =
            tokio::task::spawn_blocking(move || threads.into_iter().map(thread::JoinHandle::join).collect());
        let joined: Vec<_> = joined.await.unwrap();
        assert!(joined.iter().all(Result::is_ok), "no call of ours panics");
        shared.open.lock().unwrap().clear();
        shared.made.load(Ordering::SeqCst)
    }
}

/// One thread.
struct Actor {
    basalt: Basalt,
    shared: Arc<Shared>,
    chance: Rng,
}

impl Actor {
    fn act(&mut self) {
        match self.chance.u8(..24) {
            0..6 => self.open_root(),
            6..12 => self.open_step(),
            12..15 => self.say(),
            15..19 => self.end(),
            19..22 => drop(self.taken()),
            22 => self.panic(),
            _ => self.wait(),
        }
    }

    fn made(&self, recorded: bool) {
        self.shared.made.fetch_add(u64::from(recorded), Ordering::SeqCst);
    }

    /// By its number every span is known again.
    fn name(&mut self) -> String {
        format!("span {:016x}", self.chance.u64(..))
    }

    fn open_root(&mut self) {
        let name = self.name();
        let root = self.basalt.start_observe("chaos", name).start();
        self.made(root.is_recording());
        self.keep(Open::Root(root));
    }

    fn open_step(&mut self) {
        let name = self.name();
        let step = match self.taken() {
            Some(Open::Root(root)) => {
                let step = root.child(name).start();
                self.keep(Open::Root(root));
                step
            }
            Some(Open::Step(above)) => {
                let step = above.child(name).start();
                self.keep(Open::Step(above));
                step
            }
            None => return,
        };
        self.made(step.is_recording());
        self.keep(Open::Step(step));
    }

    fn say(&mut self) {
        let Some(open) = self.taken() else { return };
        let span = match &open {
            Open::Root(root) => &**root,
            Open::Step(step) => &**step,
        };
        match self.chance.u8(..5) {
            0 => span.set_input("x".repeat(self.chance.usize(..70_000))),
            1 => span.set_error(&Unwell(self.chance.bool())),
            2 => span.set_attribute("panics", "text"),
            3 => (0..200).for_each(|number| span.set_attribute(format!("key {number}"), number)),
            _ => span.set_output(["short"]),
        }
        self.keep(open);
    }

    fn end(&mut self) {
        let Some(open) = self.taken() else { return };
        match &open {
            Open::Root(root) => root.end(),
            Open::Step(step) => step.end(),
        }
        // A handle that was ended may stay, be ended again, and have children.
        if self.chance.bool() {
            self.keep(open);
        }
    }

    /// Work that panics inside its span.
    fn panic(&mut self) {
        let (root, step) = (self.name(), self.name());
        let builder = self.basalt.start_observe("chaos", root);
        let shared = Arc::clone(&self.shared);
        let work = AssertUnwindSafe(|| {
            builder.in_scope(|root| {
                shared.made.fetch_add(u64::from(root.is_recording()), Ordering::SeqCst);
                let step = observe::observe(step).start();
                shared.made.fetch_add(u64::from(step.is_recording()), Ordering::SeqCst);
                panic!("{ON_PURPOSE}");
            });
        });
        assert!(catch_unwind(work).is_err());
    }

    fn wait(&mut self) {
        match self.chance.bool() {
            true => thread::sleep(Duration::from_micros(self.chance.u64(..2_000))),
            false => drop(self.basalt.flush_blocking(Duration::from_micros(self.chance.u64(..20_000)))),
        }
    }

    fn taken(&mut self) -> Option<Open> {
        let mut open = self.shared.open.lock().unwrap();
        let count = open.len();
        (count > 0).then(|| open.swap_remove(self.chance.usize(..count)))
    }

    fn keep(&self, span: Open) {
        self.shared.open.lock().unwrap().push(span);
    }
}
