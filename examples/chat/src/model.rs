//! What turns passages into an answer: a model behind an OpenAI-compatible endpoint, or, offline, the best
//! sentences of the passages themselves.

use std::{collections::HashSet, env};

use basalt_core::Tokens;
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use thiserror::Error;

use crate::{Passage, openai::OpenAi};

/// Sentences of an answer without a model.
const SENTENCES: usize = 3;

/// Where answers come from.
#[derive(Debug)]
pub enum Model {
    /// Asks an endpoint.
    OpenAi(Box<OpenAi>),
    /// Quotes.
    Extractive,
}

/// Part of an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    /// Known with the last piece, if at all.
    pub(crate) tokens: Tokens,
}

/// Why there is no answer.
#[derive(Debug, Error)]
#[error("the model gave no answer: {0}")]
pub struct ModelError(pub(crate) String);

impl Model {
    /// The endpoint that `OPENAI_API_KEY` or `OPENAI_BASE_URL` names, with the model in `OPENAI_MODEL`; without
    /// either, quotes.
    #[must_use]
    pub fn from_env() -> Self {
        let given = |name| env::var(name).ok().filter(|value| !value.is_empty());
        match (given("OPENAI_API_KEY"), given("OPENAI_BASE_URL")) {
            (None, None) => Self::Extractive,
            (key, base) => Self::OpenAi(Box::new(OpenAi::new(key, base, given("OPENAI_MODEL")))),
        }
    }

    /// What the model is called.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::OpenAi(openai) => openai.model(),
            Self::Extractive => "extractive",
        }
    }

    /// Who runs it.
    #[must_use]
    pub fn provider(&self) -> &'static str {
        match self {
            Self::OpenAi(_) => "openai",
            Self::Extractive => "local",
        }
    }

    pub(crate) async fn answer(&self, question: &str, passages: &[Passage]) -> Result<Piece, ModelError> {
        match self {
            Self::OpenAi(openai) => openai.answer(prompt(question, passages)).await,
            Self::Extractive => Ok(Piece { text: quote(question, passages), tokens: Tokens::default() }),
        }
    }

    pub(crate) async fn stream(
        &self,
        question: &str,
        passages: &[Passage],
    ) -> Result<BoxStream<'static, Result<Piece, ModelError>>, ModelError> {
        match self {
            Self::OpenAi(openai) => openai.stream(prompt(question, passages)).await,
            Self::Extractive => {
                let text = quote(question, passages);
                let words: Vec<String> = text.split_inclusive(' ').map(str::to_owned).collect();
                let pieces = words.into_iter().map(|text| Ok(Piece { text, tokens: Tokens::default() }));
                Ok(stream::iter(pieces).boxed())
            }
        }
    }
}

/// What the model is asked.
pub(crate) fn prompt(question: &str, passages: &[Passage]) -> String {
    let mut prompt = String::from("Answer the question from these passages alone.\n\n");
    for passage in passages {
        prompt.push_str(&format!("[{} · {}]\n{}\n\n", passage.file, passage.heading, passage.text));
    }
    prompt.push_str("Question: ");
    prompt.push_str(question);
    prompt
}

/// The sentences that share the most words with the question, for their length; each with its source.
fn quote(question: &str, passages: &[Passage]) -> String {
    let asked: HashSet<String> = stems(question).collect();
    let mut rated: Vec<(f64, String)> = Vec::new();
    for passage in passages {
        for sentence in sentences(&passage.text) {
            let shared = stems(&sentence).filter(|stem| asked.contains(stem)).collect::<HashSet<_>>().len();
            let length = sentence.split_whitespace().count();
            let rate = shared as f64 / (10.0 + length as f64);
            rated.push((rate, format!("{sentence} [{}]", passage.file)));
        }
    }
    rated.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let best: Vec<String> = rated.into_iter().take(SENTENCES).map(|(_, sentence)| sentence).collect();
    if best.is_empty() { "The documents say nothing about that.".to_owned() } else { best.join(" ") }
}

/// Prose only: tables and code are no sentences.
fn sentences(markdown: &str) -> Vec<String> {
    let mut fenced = false;
    let prose = markdown.lines().map(|line| {
        fenced ^= line.starts_with("```");
        if fenced || line.starts_with(['|', '`']) { "" } else { line }
    });
    let prose = prose.collect::<Vec<_>>().join("\n");
    let flat = prose.split("\n\n").flat_map(|paragraph| {
        let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        let marked = ['.', '?', '!']
            .iter()
            .fold(line, |line, end| line.replace(&format!("{end} "), &format!("{end}\n")));
        marked.lines().map(str::to_owned).collect::<Vec<_>>()
    });
    flat.filter(|sentence| sentence.chars().count() > 20).collect()
}

/// Words, cut so that `end` and `ends` are alike.
fn stems(text: &str) -> impl Iterator<Item = String> + '_ {
    let words = text.split(|character: char| !character.is_alphanumeric());
    let words = words.filter(|word| word.chars().count() > 2);
    words.map(|word| word.trim_end_matches('s').chars().take(5).collect::<String>().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_the_sentences_that_share_the_most_words() {
        let text =
            "Nothing here. A span ends with the last byte. Other things. Spans may end early. ".to_owned();
        let passage = Passage { file: "a.md".to_owned(), heading: String::new(), text, score: 1.0 };
        let quoted = quote("When does the span end, with which byte?", &[passage]);
        assert!(quoted.starts_with("A span ends with the last byte. [a.md]"), "{quoted}");
        assert_eq!(quote("why?", &[]), "The documents say nothing about that.");
    }
}
