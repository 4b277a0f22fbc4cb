//! What has come out.

use std::fmt;

use basalt_core::DeliveryError;
use chat::Answer;

use crate::{Unanswered, ticket::Ticket};

/// The job at its end, in a few lines.
#[derive(Debug)]
pub(crate) struct Summary {
    experiment: String,
    answered: usize,
    unanswered: Vec<(String, Unanswered)>,
    interrupted: bool,
    delivered: Result<(), DeliveryError>,
}

impl Summary {
    pub(crate) fn new(experiment: String) -> Self {
        Self { experiment, answered: 0, unanswered: Vec::new(), interrupted: false, delivered: Ok(()) }
    }

    pub(crate) fn take(&mut self, ticket: Ticket, answer: Result<Answer, Unanswered>) {
        match answer {
            Ok(_) => self.answered += 1,
            Err(reason) => self.unanswered.push((ticket.id, reason)),
        }
    }

    pub(crate) fn interrupted(&mut self) {
        self.interrupted = true;
    }

    pub(crate) fn delivered(&mut self, delivered: Result<(), DeliveryError>) {
        self.delivered = delivered;
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { experiment, answered, unanswered, .. } = self;
        write!(f, "experiment {experiment}: {answered} answered, {} not", unanswered.len())?;
        if self.interrupted {
            f.write_str("; stopped before the end")?;
        }
        for (id, reason) in unanswered {
            write!(f, "\n  {id}: {reason}")?;
        }
        match &self.delivered {
            Ok(()) => Ok(()),
            Err(error) => write!(f, "\n  {error}"),
        }
    }
}
