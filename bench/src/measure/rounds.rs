//! Interleaved rounds: every case lives in a process of its own, so that globals of one do not slow another, and
//! they take turns, in another order every round.

use std::{io, time::Instant};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::{Cost, allocations, median};
use crate::{
    cases::Case,
    pipe::{Partner, tell},
};

/// How often.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rounds {
    pub(crate) rounds: usize,
    /// Pieces of work in each.
    pub(crate) pieces: u32,
}

/// One round of one case.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Round {
    nanoseconds: f64,
    allocations: f64,
    bytes: f64,
}

impl Rounds {
    /// Time and allocations of every case, in their order.
    pub(crate) fn measure(self, cases: &[&Case]) -> Result<Vec<Cost>> {
        let mut turns = Vec::new();
        for (number, case) in cases.iter().enumerate() {
            let mut partner = Partner::start(None, &["work", &case.id()])?;
            partner.ask(self.pieces).with_context(|| case.id())?;
            turns.push((number, partner, Vec::new()));
        }
        for _ in 0..self.rounds {
            fastrand::shuffle(&mut turns);
            for (number, partner, rounds) in &mut turns {
                let answer = partner.ask(self.pieces).with_context(|| format!("case {number}"))?;
                rounds.push(serde_json::from_str::<Round>(&answer)?);
            }
        }
        turns.sort_by_key(|(number, ..)| *number);
        Ok(turns.into_iter().map(|(_, _, rounds)| cost(&rounds)).collect())
    }
}

fn cost(rounds: &[Round]) -> Cost {
    let middle = |of: fn(&Round) -> f64| median(rounds.iter().map(of).collect());
    Cost {
        nanoseconds: middle(|round| round.nanoseconds),
        allocations: middle(|round| round.allocations),
        bytes: middle(|round| round.bytes),
        ..Cost::default()
    }
}

/// The other side: for every number on standard input, so many pieces of work and what one has cost.
pub(crate) fn answer_rounds(case: &Case) -> Result<()> {
    let mut workload = case.workload()?;
    for line in io::stdin().lines() {
        let pieces: u32 = line?.trim().parse()?;
        let begun = Instant::now();
        let mut nanoseconds = 0.0;
        let (allocations, bytes) = allocations::of(|| {
            let done = workload.run(u64::from(pieces));
            nanoseconds = begun.elapsed().as_nanos() as f64 / f64::from(pieces);
            done
        })?;
        let each = |count: u64| count as f64 / f64::from(pieces);
        tell(serde_json::to_string(&Round {
            nanoseconds,
            allocations: each(allocations),
            bytes: each(bytes),
        })?)?;
    }
    Ok(())
}
