//! A layer inside a layer.

use super::{Head, Observer, fields::Field};
use crate::{Experiment, Identity, evaluation::Evaluators, metadata::Metadata, said, span::RootSpan};

impl Observer {
    /// Adds what this layer says to the root that an outer one has opened.
    pub(super) fn refine(
        &self,
        root: &RootSpan,
        head: &Head<'_>,
        identity: Identity,
        experiment: Option<Experiment>,
    ) {
        let Some(trace) = root.trace() else { return };
        if trace.serves(&self.feature_slug) && !self.says_more_than_its_slug() {
            said::once!(
                warn,
                "two Basalt layers of the same feature stand around a route, and the inner one adds nothing: \
                 remove one of them"
            );
        }
        trace.set_feature_slug(&self.feature_slug);
        root.set_identity(identity);
        if let Some(experiment) = experiment {
            root.set_experiment(experiment);
        }
        if let Some(route) = head.route {
            root.set_route(route);
        }
        root.record(|record| {
            record.annotate(&self.evaluators, &self.metadata);
            if let Some(rate) = self.rate {
                record.set_rate(rate);
            }
        });
    }

    fn says_more_than_its_slug(&self) -> bool {
        let headers = [Field::Experiment, Field::Session, Field::Conversation];
        !self.sources.is_empty()
            || self.evaluators != Evaluators::default()
            || self.metadata != Metadata::default()
            || self.rate.is_some()
            || self.capture.is_some()
            || headers.into_iter().any(|field| self.wanted.has(field))
    }
}
