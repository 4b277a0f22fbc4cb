//! What one candidate has come to.

use std::time::Duration;

use crate::{
    comparison::{Answer, Row},
    usage::Usage,
};

/// The rows of one candidate, summed up. What has no answer counts as a row, and as nothing else.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) rows: usize,
    pub(crate) matched: usize,
    /// In ascending order, in milliseconds.
    latencies: Vec<f64>,
    pub(crate) usage: Usage,
    pub(crate) cost: f64,
}

impl Tally {
    pub(crate) fn of<'a>(rows: impl Iterator<Item = &'a Row> + Clone) -> Self {
        let answers: Vec<&Answer> = rows.clone().filter_map(|row| row.answer.as_ref().ok()).collect();
        let mut latencies: Vec<f64> = answers.iter().map(|answer| milliseconds(answer.latency)).collect();
        latencies.sort_by(f64::total_cmp);
        Self {
            rows: rows.count(),
            matched: answers.iter().filter(|answer| answer.matched).count(),
            latencies,
            usage: answers.iter().map(|answer| answer.usage).sum(),
            cost: answers.iter().map(|answer| answer.cost).sum(),
        }
    }

    /// The latency in milliseconds that a share of the answers stays below, between two answers in proportion; none
    /// without answers.
    pub(crate) fn latency(&self, share: f64) -> Option<f64> {
        let place = share * self.latencies.len().checked_sub(1)? as f64;
        let at = |place: f64| self.latencies.get(place as usize).copied();
        let (below, above) = (at(place.floor())?, at(place.ceil())?);
        Some(below + (above - below) * place.fract())
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{comparison::Unanswered, model::ModelError};

    fn row(milliseconds: u64, matched: bool) -> Row {
        let usage = Usage { input: 10, output: 2, estimated: false };
        let latency = Duration::from_millis(milliseconds);
        Row { trace: None, answer: Ok(Answer { text: String::new(), matched, latency, usage, cost: 0.5 }) }
    }

    #[test]
    fn rows_are_summed_up_and_those_without_an_answer_only_counted() {
        let failed = Row { trace: None, answer: Err(Unanswered::Model(ModelError("away".to_owned()))) };
        let rows = [row(40, true), row(10, false), failed, row(20, true)];
        let tally = Tally::of(rows.iter());
        assert_eq!((tally.rows, tally.matched, tally.cost), (4, 2, 1.5));
        assert_eq!(tally.usage, Usage { input: 30, output: 6, estimated: false });
        assert_eq!(
            (tally.latency(0.5), tally.latency(0.75), tally.latency(1.0)),
            (Some(20.0), Some(30.0), Some(40.0))
        );
    }

    #[test]
    fn nothing_has_no_latency() {
        assert_eq!(Tally::of([].iter()).latency(0.5), None);
    }
}
