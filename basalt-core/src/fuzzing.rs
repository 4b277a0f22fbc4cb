//! Fuzzing for unit tests: inputs by chance, the same every time, made from a small corpus. A failing input is made
//! smaller and printed.
//!
//! `FUZZ_SECONDS=300 cargo test --release -p basalt-core --all-features --lib NAME` runs one target for longer.

use std::{
    cell::Cell,
    collections::HashSet,
    env,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    time::{Duration, Instant},
};

use fastrand::Rng;

/// Inputs that showed something new and are kept to make others from.
const KEPT: usize = 512;
/// Bytes of an input: longer ones only repeat themselves.
const LONGEST: usize = 4 << 10;
/// Times that a target is asked while an input is made smaller.
const SHRINKS: usize = 10_000;

/// What inputs of one target are made of.
pub(crate) struct Fuzz {
    /// Whole inputs.
    pub(crate) corpus: Vec<Vec<u8>>,
    /// Pieces that mean something.
    pub(crate) words: &'static [&'static str],
    /// Inputs by default; `FUZZ_SECONDS` replaces it.
    pub(crate) inputs: u64,
}

impl Fuzz {
    pub(crate) fn of(corpus: &[&str], words: &'static [&'static str], inputs: u64) -> Self {
        Self { corpus: corpus.iter().map(|text| text.as_bytes().to_vec()).collect(), words, inputs }
    }

    /// Shows all inputs to the target, which panics at what is wrong. It answers with what kind of thing it has seen:
    /// inputs that show a new kind are kept and changed again.
    pub(crate) fn run(mut self, target: impl Fn(&[u8]) -> u64) {
        let seconds: Option<u64> = env::var("FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
        let end = seconds.and_then(|seconds| Instant::now().checked_add(Duration::from_secs(seconds)));
        let mut kinds: HashSet<u64> = self.corpus.iter().map(|input| checked(&target, input)).collect();
        for seed in 0.. {
            if end.map_or(seed >= self.inputs, |end| Instant::now() >= end) {
                return report(seed, kinds.len());
            }
            let input = self.input(&mut Rng::with_seed(seed));
            if kinds.insert(checked(&target, &input)) && self.corpus.len() < KEPT {
                self.corpus.push(input);
            }
        }
    }

    fn input(&self, rng: &mut Rng) -> Vec<u8> {
        let mut input = self.any(rng).clone();
        for _ in 0..1_u32 << rng.u32(0..=3) {
            self.change(&mut input, rng);
        }
        input.truncate(LONGEST);
        input
    }

    fn any(&self, rng: &mut Rng) -> &Vec<u8> {
        &self.corpus[rng.usize(..self.corpus.len())]
    }

    fn change(&self, input: &mut Vec<u8>, rng: &mut Rng) {
        let at = rng.usize(..=input.len());
        let end = (at + rng.usize(..=16)).min(input.len());
        match rng.u8(..8) {
            0 if at < input.len() => input[at] ^= 1 << rng.u8(..8),
            1 if at < input.len() => input[at] = rng.u8(..),
            2 => input.insert(at, rng.u8(..)),
            3 => drop(input.drain(at..end)),
            4 => {
                let twice = input[at..end].repeat(1 << rng.u8(..7));
                input.splice(at..at, twice);
            }
            5 => {
                let other = self.any(rng);
                let from = rng.usize(..=other.len());
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            _ if !self.words.is_empty() => {
                let word = self.words[rng.usize(..self.words.len())];
                let replaced = if rng.bool() { at..end } else { at..at };
                input.splice(replaced, word.bytes());
            }
            _ => {}
        }
    }
}

/// What the target says of an input. Where it panics, the smallest input found that makes it panic is printed.
fn checked(target: &impl Fn(&[u8]) -> u64, input: &[u8]) -> u64 {
    match catch_unwind(AssertUnwindSafe(|| target(input))) {
        Ok(kind) => kind,
        Err(panic) => {
            let small = shrunk(input, |input| catch_unwind(AssertUnwindSafe(|| target(input))).is_err());
            failed(&small);
            resume_unwind(panic)
        }
    }
}

/// The shortest input found that still fails: pieces are left out, from long ones to single bytes.
fn shrunk(input: &[u8], fails: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let (mut small, mut length, mut asked) = (input.to_vec(), input.len(), 0);
    while length > 0 {
        let (mut at, before) = (0, small.len());
        while at < small.len() && asked < SHRINKS {
            let mut shorter = small.clone();
            shorter.drain(at..(at + length).min(small.len()));
            asked += 1;
            if fails(&shorter) { small = shorter } else { at += length }
        }
        if small.len() == before {
            length /= 2;
        }
    }
    small
}

#[expect(clippy::print_stderr, reason = "tests are read by people")]
fn failed(input: &[u8]) {
    eprintln!("this input fails: b\"{}\"", input.escape_ascii());
}

#[expect(clippy::print_stderr, reason = "tests are read by people")]
fn report(inputs: u64, kinds: usize) {
    eprintln!("{inputs} inputs of {kinds} kinds");
}

thread_local! {
    static STEPS: Cell<usize> = const { Cell::new(0) };
}

/// Counts steps of work that must be linear.
pub(crate) fn step() {
    STEPS.set(STEPS.get() + 1);
}

/// What `act` answers, and the steps that it takes.
pub(crate) fn steps<R>(act: impl FnOnce() -> R) -> (R, usize) {
    let before = STEPS.get();
    let answer = act();
    (answer, STEPS.get() - before)
}

/// Bits of what a target has seen, as the kind of an input.
pub(crate) fn kind(seen: impl IntoIterator<Item = u64>) -> u64 {
    seen.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, value| (hash ^ value).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn the_same_inputs_come_every_time_and_a_failing_one_is_made_small() {
    let fuzz = || Fuzz::of(&["some text", "another"], &["word"], 0);
    let first = |seed| fuzz().input(&mut Rng::with_seed(seed));
    assert!((0..200).all(|seed| first(seed) == first(seed)));
    assert!((0..200).any(|seed| first(seed) != first(seed + 1)));
    let fails = |input: &[u8]| input.contains(&b'x') && input.contains(&b'y');
    assert_eq!(shrunk(b"abcxdefyghi", fails), b"xy");
}
