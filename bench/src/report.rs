//! Everything that was measured, and what it is beside bare, beside the floor, beside the best peer.

use serde::Serialize;

use crate::{
    budget::Verdict,
    cases::{Case, Front, Role},
    delivery::Delivered,
    load::Served,
    measure::Cost,
    shape::Shape,
};

/// What `--json` prints.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// Requests in this process, and spans below a root.
    pub(crate) costs: Vec<Row>,
    /// Requests over sockets.
    pub(crate) load: Vec<Served>,
    pub(crate) delivery: Vec<Delivered>,
    pub(crate) budgets: Vec<Verdict>,
}

/// One case.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    pub(crate) front: Front,
    pub(crate) role: Role,
    pub(crate) name: &'static str,
    #[serde(skip)]
    pub(crate) shape: Shape,
    #[serde(flatten)]
    pub(crate) cost: Cost,
    /// Over a layer that does nothing; of a child, all of it.
    pub(crate) added: Added,
    /// Nanoseconds.
    pub(crate) to_bare: Option<f64>,
    /// Added instructions.
    pub(crate) to_floor: Option<f64>,
    /// Added instructions beside those of the peer that adds the fewest.
    pub(crate) to_best_peer: Option<f64>,
}

/// What a layer costs that does something.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Added {
    pub(crate) instructions: f64,
    pub(crate) allocations: f64,
    pub(crate) bytes: f64,
}

impl Row {
    /// One row for each case, with what it cost.
    pub(crate) fn all(cases: &[&Case], costs: &[Cost]) -> Vec<Self> {
        let pairs: Vec<_> = cases.iter().copied().zip(costs.iter().copied()).collect();
        let rows = pairs.iter().map(|&(case, cost)| Self::beside(case, cost, &pairs)).collect::<Vec<_>>();
        let relative = |row: &Self| Self { to_best_peer: row.to_best(&rows), ..row.clone() };
        rows.iter().map(relative).collect()
    }

    fn beside(case: &Case, cost: Cost, pairs: &[(&Case, Cost)]) -> Self {
        let find = |role| {
            let same = |other: &Case| other.front == case.front && other.role == role;
            let found = pairs.iter().find(|(other, _)| same(other) && other.shape == case.shape.ground());
            found.map(|&(_, cost)| cost)
        };
        let nothing = find(Role::Nothing);
        let added = Added::over(cost, nothing.unwrap_or_default());
        let floor = find(Role::Floor).map(|floor| Added::over(floor, nothing.unwrap_or_default()));
        Self {
            front: case.front,
            role: case.role,
            name: case.name,
            shape: case.shape,
            cost,
            added,
            to_bare: find(Role::Bare).map(|bare| cost.nanoseconds / bare.nanoseconds),
            to_floor: floor.map(|floor| added.instructions / floor.instructions),
            to_best_peer: None,
        }
    }

    /// Peers are measured with plain requests only.
    fn to_best(&self, rows: &[Self]) -> Option<f64> {
        let peers = rows.iter().filter(|row| row.front == self.front && row.role == Role::Peer);
        let best = peers.map(|row| row.added.instructions).min_by(f64::total_cmp)?;
        (self.shape.ground() == Shape::Plain).then_some(self.added.instructions / best)
    }
}

impl Added {
    fn over(cost: Cost, ground: Cost) -> Self {
        Self {
            instructions: cost.instructions - ground.instructions,
            allocations: cost.allocations - ground.allocations,
            bytes: cost.bytes - ground.bytes,
        }
    }
}

impl Report {
    /// A row by what it is.
    pub(crate) fn row(&self, front: Front, role: Role, name: &str) -> Option<&Row> {
        self.costs.iter().find(|row| row.front == front && row.role == role && row.name == name)
    }
}
