//! What things may cost, and whether they do.

use std::fmt;

use serde::Serialize;

use crate::{
    cases::{Front, Role},
    delivery::{Delivered, Deliverer, Wire},
    report::{Report, Row},
};

/// What the ratio of two best rounds may be off by on a shared machine.
const LOAD_MARGIN: f64 = 0.03;
/// Rates of delivery are climbed in steps, of which each side may have missed one by a hair.
const DELIVERY_MARGIN: f64 = 0.05;

/// One budget, and what was measured.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Verdict {
    what: String,
    measured: f64,
    limit: f64,
    /// The measured value may be beyond the limit by this share of it: how far two runs differ.
    margin: f64,
    /// Whether more is better.
    at_least: bool,
    kept: bool,
}

impl Verdict {
    /// Of something that repeats.
    pub(crate) fn at_most(what: impl Into<String>, measured: f64, limit: f64) -> Self {
        let kept = measured <= limit;
        Self { what: what.into(), measured, limit, margin: 0.0, at_least: false, kept }
    }

    fn at_least(what: impl Into<String>, measured: f64, limit: f64, margin: f64) -> Self {
        let kept = measured >= limit * (1.0 - margin);
        Self { what: what.into(), measured, limit, margin, at_least: true, kept }
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.kept
    }

    /// All that can be told from what was measured.
    pub(crate) fn all(report: &Report) -> Vec<Self> {
        let mut all = Vec::new();
        for (front, share) in [(Front::Axum, 0.85), (Front::Actix, 0.50)] {
            all.extend(of_requests(report, front, share));
        }
        all.extend(of_children(report));
        all.extend(of_load(report));
        all.extend(of_delivery(report));
        all
    }
}

fn of_requests(report: &Report, front: Front, share: f64) -> Vec<Verdict> {
    let row = |name: &str| report.row(front, Role::Ours, name);
    let to_floor = |name: &str, limit| {
        let measured = row(name)?.to_floor?;
        Some(Verdict::at_most(format!("{front:?}, {name}: instructions added, × floor"), measured, limit))
    };
    let allocations = row("header identity").map(|row| {
        let what = format!("{front:?}, header identity: allocations added");
        Verdict::at_most(what, row.added.allocations.round(), 12.0)
    });
    [
        to_floor("header identity", share),
        allocations,
        to_floor("not sampled", 0.40),
        to_floor("excluded", 0.10),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn of_children(report: &Report) -> Vec<Verdict> {
    let Some(row) = report.row(Front::Child, Role::Ours, "observe") else { return Vec::new() };
    let instructions = |row: &Row| {
        let what = "Child, observe: instructions, × SDK attached";
        Some(Verdict::at_most(what, row.to_floor?, 1.0))
    };
    let allocations = Verdict::at_most("Child, observe: allocations", row.cost.allocations.round(), 5.0);
    instructions(row).into_iter().chain([allocations]).collect()
}

fn of_load(report: &Report) -> Vec<Verdict> {
    let ours = report.load.iter().filter(|served| served.role == Role::Ours && served.delivering);
    let of = |served: &crate::load::Served| {
        let route = if served.streamed { "streamed" } else { "plain" };
        let what = format!("{:?}, {route}: requests per second of the core, × bare", served.front);
        let rate = Verdict::at_least(what, served.per_core_second_to_bare, 0.80, LOAD_MARGIN);
        let what = format!("{:?}, {route}: spans dropped", served.front);
        let dropped = served.dropped.map(|dropped| Verdict::at_most(what, dropped as f64, 0.0));
        [Some(rate), dropped.filter(|_| !served.streamed)]
    };
    ours.flat_map(of).flatten().collect()
}

fn of_delivery(report: &Report) -> Vec<Verdict> {
    let rate = |deliverer, delay| {
        let same = |one: &&Delivered| {
            one.deliverer == deliverer && one.wire == Wire::Grpc && one.delay_milliseconds == delay
        };
        report.delivery.iter().find(same).map(|one| one.spans_per_second)
    };
    let beside = |delay, limit, where_to| {
        let ratio = rate(Deliverer::Ours, delay)? / rate(Deliverer::Sdk, delay)?;
        let what = format!("Delivery, gRPC, {where_to}: spans/s, × SDK");
        Some(Verdict::at_least(what, ratio, limit, DELIVERY_MARGIN))
    };
    [beside(0, 1.5, "next door"), beside(50, 10.0, "50 ms away")].into_iter().flatten().collect()
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.kept { "ok" } else { "MISSED" };
        let sign = if self.at_least { "≥" } else { "≤" };
        let Self { what, measured, limit, margin, .. } = self;
        write!(f, "{word:<7} {what:<62} {measured:>8.2}  {sign} {limit:.2}")?;
        if *margin > 0.0 { write!(f, " (within {:.0} %)", margin * 100.0) } else { Ok(()) }
    }
}
