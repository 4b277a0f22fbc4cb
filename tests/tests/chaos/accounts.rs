//! What was made, what has arrived, and what is counted as lost.

use std::collections::HashMap;

use basalt_core::Health;
use basalt_tests::collector::proto::Span;

#[derive(Debug)]
pub(super) struct Accounts {
    made: u64,
    /// Different spans that have arrived.
    arrived: u64,
    /// Arrivals of a span that had arrived before.
    doubled: u64,
    /// Spans that are counted as lost.
    lost: u64,
    /// Those among them that may have been on their way at a shutdown, unanswered.
    abandoned: u64,
    /// Spans on disk at the shutdown: some may have been on their way, unanswered, and are sent by the next process.
    kept: u64,
    /// Spans on disk that nobody will send.
    spooled: u64,
    #[expect(dead_code, reason = "it is shown where a check fails")]
    health: Vec<Health>,
}

impl Accounts {
    /// `health` is of the processes, one after the other.
    pub(super) fn new(made: u64, health: &[Health], spans: Vec<Span>) -> Self {
        let mut arrivals = HashMap::<_, u64>::new();
        for span in spans {
            *arrivals.entry(span.name).or_default() += 1;
        }
        let destinations = || health.iter().flat_map(|health| &health.destinations);
        Self {
            made,
            arrived: arrivals.len() as u64,
            doubled: arrivals.values().map(|count| count - 1).sum(),
            lost: health.iter().map(Health::lost).sum(),
            kept: health.first().map_or(0, |health| health.destinations[0].spooled),
            abandoned: destinations().map(|it| it.abandoned).sum(),
            spooled: health.last().map_or(0, |health| health.destinations[0].spooled),
            health: health.to_vec(),
        }
    }

    /// Nothing is lost silently; nothing is counted that has arrived, but what nobody has answered; and nothing arrives
    /// twice, but where an answer was lost.
    pub(super) fn check(&self, cuts: bool) {
        let Self { made, arrived, doubled, lost, abandoned, kept, spooled, .. } = self;
        assert!(arrived + lost + spooled >= *made, "silently lost: {self:#?}");
        if !cuts {
            assert!(arrived + lost + spooled <= made + abandoned, "counted too often: {self:#?}");
            assert!(*doubled <= abandoned + kept, "doubled: {self:#?}");
        }
        assert!(*spooled == 0, "the next process sends what was kept: {self:#?}");
    }
}
