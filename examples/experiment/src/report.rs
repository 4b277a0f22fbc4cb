//! What has come out, for standard output.

use std::fmt;

use basalt_core::{DeliveryError, Experiment};

use crate::{comparison::Round, table::Table, tally::Tally, variant::Candidate};

const HEAD: [&str; 8] =
    ["variant", "rows", "matched", "median ms", "p95 ms", "tokens in", "tokens out", "cost USD"];

/// The comparison at its end.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) experiment: &'a Experiment,
    pub(crate) candidates: &'a [Candidate],
    pub(crate) rounds: &'a [Round],
    /// Whether questions are left.
    pub(crate) interrupted: bool,
    pub(crate) delivered: Result<(), DeliveryError>,
}

impl Report<'_> {
    fn tallies(&self) -> impl Iterator<Item = (&Candidate, Tally)> {
        let of = |place: usize| Tally::of(self.rounds.iter().filter_map(move |round| round.rows.get(place)));
        self.candidates.iter().enumerate().map(move |(place, candidate)| (candidate, of(place)))
    }

    fn table(&self) -> Table {
        let head = HEAD.map(str::to_owned).to_vec();
        let lines = self.tallies().map(|(candidate, tally)| line(&candidate.label, &tally));
        Table([head].into_iter().chain(lines).collect())
    }

    fn failures(&self) -> impl Iterator<Item = String> {
        self.rounds.iter().flat_map(|round| {
            let rows = round.rows.iter().zip(self.candidates);
            rows.filter_map(|(row, Candidate { label, .. })| {
                let reason = row.answer.as_ref().err()?;
                Some(format!("{} by {label}: {reason}", round.question))
            })
        })
    }
}

fn line(label: &str, tally: &Tally) -> Vec<String> {
    let latency =
        |share| tally.latency(share).map_or_else(|| "-".to_owned(), |latency| format!("{latency:.1}"));
    vec![
        label.to_owned(),
        tally.rows.to_string(),
        tally.matched.to_string(),
        latency(0.5),
        latency(0.95),
        tally.usage.input.to_string(),
        tally.usage.output.to_string(),
        format!("{:.6}", tally.cost),
    ]
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "experiment {}", self.experiment.id())?;
        if let Some(name) = self.experiment.name() {
            write!(f, ": {name}")?;
        }
        if self.interrupted {
            f.write_str("; stopped before the end")?;
        }
        write!(f, "\n\n{}", self.table())?;
        if self.tallies().any(|(_, tally)| tally.usage.estimated) {
            f.write_str("\ntokens are estimated, four characters each, and so is the cost\n")?;
        }
        for failure in self.failures() {
            writeln!(f, "{failure}")?;
        }
        match &self.delivered {
            Ok(()) => Ok(()),
            Err(error) => writeln!(f, "{error}"),
        }
    }
}
