//! One question: search, then answer; two steps below the request that asked.

use std::fmt;

use basalt_core::{Chunk, Generation, Observe, RootSpan, Span, observe};
use futures_util::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Library, LibraryError, Model, ModelError, Passage, model::prompt};

/// Passages per question.
const PASSAGES: usize = 4;

/// A library and a model.
#[derive(Debug)]
pub struct Chat {
    library: Library,
    model: Model,
}

/// What is asked: `{"question": "…"}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Ask {
    /// In plain words.
    pub question: String,
}

/// An answer, with where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// What the model says.
    pub answer: String,
    /// The files it had before it.
    pub sources: Vec<String>,
}

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ChatError {
    /// The search failed.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The model failed.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl Chat {
    /// Puts both together.
    #[must_use]
    pub fn new(library: Library, model: Model) -> Self {
        Self { library, model }
    }

    /// Answers a question whole.
    ///
    /// # Errors
    ///
    /// [`ChatError`] if the search or the model fails.
    pub async fn answer(&self, request: &RootSpan, question: &str) -> Result<Answer, ChatError> {
        request.set_input(question);
        let passages = self.search(question).await?;
        let answer = answer_from(&self.model, question, &passages).await?;
        request.set_output(&answer.answer);
        Ok(answer)
    }

    /// Answers a question piece by piece. The generation lasts as long as the stream; what had come until a
    /// client left is kept.
    ///
    /// # Errors
    ///
    /// [`ChatError`] if the search fails, or the model before its first piece.
    pub async fn stream(
        &self,
        request: &RootSpan,
        question: &str,
    ) -> Result<impl Stream<Item = Result<String, ModelError>> + Send + use<>, ChatError> {
        request.set_input(question);
        let passages = self.search(question).await?;
        let span = observe::generation("answer").model(self.model.name()).start();
        describe(&span, &self.model, question, &passages);
        let pieces = self.model.stream(question, &passages).observed(&span).await.inspect_err(|error| {
            span.set_error(error);
        })?;
        let pieces = span.observe_chunks(pieces, |piece| match piece {
            Ok(piece) => Chunk::text(&piece.text).tokens(piece.tokens),
            Err(error) => Chunk::error(error),
        });
        let mut transcript = Transcript { text: String::new(), request: request.clone() };
        Ok(pieces.map(move |piece| Ok(transcript.write(piece?.text))))
    }

    async fn search(&self, question: &str) -> Result<Vec<Passage>, ChatError> {
        observe::retrieval("search")
            .try_run(|span| async move {
                span.set_query(question);
                span.set_top_k(PASSAGES as u64);
                let passages = self.library.search(question, PASSAGES)?;
                span.set_results_count(passages.len());
                span.set_output(&passages);
                Ok(passages)
            })
            .await
    }
}

/// Answers a question from what a search has found: a generation below whatever is active.
///
/// # Errors
///
/// [`ModelError`] if the model fails.
pub async fn answer_from(model: &Model, question: &str, passages: &[Passage]) -> Result<Answer, ModelError> {
    observe::generation("answer")
        .model(model.name())
        .try_run(|span| async move {
            describe(&span, model, question, passages);
            let piece = model.answer(question, passages).await?;
            span.set_completion(&piece.text);
            span.set_tokens(piece.tokens);
            Ok(Answer { answer: piece.text, sources: sources(passages) })
        })
        .await
}

fn describe(span: &Span<Generation>, model: &Model, question: &str, passages: &[Passage]) {
    span.set_provider(model.provider());
    span.set_operation("chat");
    span.set_prompt(prompt(question, passages));
}

/// What it answers from.
impl fmt::Display for Chat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.library.fmt(f)
    }
}

/// What has been said so far: the request's output when the stream ends, wherever that is.
struct Transcript {
    text: String,
    request: RootSpan,
}

impl Transcript {
    fn write(&mut self, text: String) -> String {
        self.text.push_str(&text);
        text
    }
}

impl Drop for Transcript {
    fn drop(&mut self) {
        self.request.set_output(&self.text);
    }
}

fn sources(passages: &[Passage]) -> Vec<String> {
    let mut files: Vec<String> = passages.iter().map(|passage| passage.file.clone()).collect();
    files.sort();
    files.dedup();
    files
}
