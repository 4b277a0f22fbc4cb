//! The comparison: every question, answered by every candidate.

use std::time::{Duration, Instant};

use basalt_core::{
    Basalt, Experiment, Generation, RootSpan, Span,
    client::{Prompt, TemplateError},
};
use serde_json::json;
use thiserror::Error;

use crate::{
    model::{Model, ModelError},
    question::Question,
    usage::{Prices, Usage},
    variant::Candidate,
};

/// What the answers serve.
pub(crate) const FEATURE: &str = "faq";

/// What the answers are judged by.
const EVALUATORS: [&str; 1] = ["contains-expected"];

/// What all answers have in common.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) basalt: Basalt,
    pub(crate) experiment: Experiment,
    pub(crate) model: Model,
    pub(crate) prices: Prices,
    pub(crate) handbook: String,
}

/// One question, answered by every candidate, in their order.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) question: String,
    pub(crate) rows: Vec<Row>,
}

/// One question, answered by one candidate.
#[derive(Debug)]
pub(crate) struct Row {
    /// None where nothing is observed.
    pub(crate) trace: Option<String>,
    pub(crate) answer: Result<Answer, Unanswered>,
}

/// An answer, and what it took.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) matched: bool,
    pub(crate) latency: Duration,
    pub(crate) usage: Usage,
    pub(crate) cost: f64,
}

/// Why a question has no answer.
#[derive(Debug, Error)]
pub(crate) enum Unanswered {
    #[error(transparent)]
    Prompt(#[from] TemplateError),
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl Comparison {
    /// One question, one candidate, one trace.
    pub(crate) async fn row(&self, candidate: &Candidate, question: &Question) -> Row {
        self.basalt
            .start_observe(FEATURE, "compare")
            .experiment(&self.experiment)
            .metadata("variant", &candidate.label)
            .metadata("question", &question.id)
            .run(|root| async move {
                let answer = self.answer(&root, candidate, question).await;
                if let Err(reason) = &answer {
                    root.set_error(reason);
                }
                Row { trace: root.trace_id(), answer }
            })
            .await
    }

    async fn answer(
        &self,
        root: &RootSpan,
        candidate: &Candidate,
        question: &Question,
    ) -> Result<Answer, Unanswered> {
        root.set_input(&question.text);
        let variables = json!({"question": question.text, "handbook": self.handbook});
        let prompt = candidate.prompt.render(variables)?;
        let generation = prompt
            .generation("answer")
            .model(self.model.name(&prompt))
            .metadata("expected", &question.expected)
            .evaluators(EVALUATORS);
        let answer = generation.try_run(|span| self.generate(span, &prompt, question)).await?;
        root.set_output(&answer.text);
        root.set_metadata(json!({"matched": answer.matched}));
        Ok(answer)
    }

    async fn generate(
        &self,
        span: Span<Generation>,
        prompt: &Prompt,
        question: &Question,
    ) -> Result<Answer, ModelError> {
        span.set_provider(self.model.provider());
        span.set_operation("chat");
        let began = Instant::now();
        let reply = self.model.answer(prompt).await?;
        let latency = began.elapsed();
        let cost = self.prices.of(reply.usage);
        span.set_completion(&reply.text);
        span.set_tokens(reply.usage.tokens());
        span.set_cost(cost, reply.usage.source());
        let matched = question.is_answered_by(&reply.text);
        Ok(Answer { text: reply.text, matched, latency, usage: reply.usage, cost })
    }
}

impl Row {
    pub(crate) fn matched(&self) -> bool {
        self.answer.as_ref().is_ok_and(|answer| answer.matched)
    }
}

impl Round {
    /// Whether one candidate is right and another is not.
    pub(crate) fn differs(&self) -> bool {
        self.rows.iter().any(Row::matched) && !self.rows.iter().all(Row::matched)
    }
}
