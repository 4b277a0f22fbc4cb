//! What is asked.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

/// The first line of a file of questions.
const COLUMNS: [&str; 3] = ["id", "question", "expected"];

/// A line of the file.
#[derive(Debug, Deserialize)]
pub(crate) struct Question {
    pub(crate) id: String,
    #[serde(rename = "question")]
    pub(crate) text: String,
    /// What a right answer contains.
    pub(crate) expected: String,
}

/// Why there is nothing to ask.
#[derive(Debug, Error)]
pub(crate) enum QuestionsError {
    #[error("{path}: {source}; name a file of questions with --questions")]
    Open { path: PathBuf, source: csv::Error },
    #[error("{path}: there is no column `{column}`; let the first line be `{}`", COLUMNS.join(","))]
    Column { path: PathBuf, column: &'static str },
    #[error("{path}: {source}; put what has a comma in it into double quotes")]
    Line { path: PathBuf, source: csv::Error },
    #[error("{path}: line {line} leaves `{column}` blank; fill it in, or remove the line")]
    Blank { path: PathBuf, line: u64, column: &'static str },
    #[error("{path}: there are no questions; add lines below `{}`", COLUMNS.join(","))]
    Empty { path: PathBuf },
}

/// All questions of a file, or what is wrong with it.
pub(crate) fn read(path: &Path) -> Result<Vec<Question>, QuestionsError> {
    let path = path.to_owned();
    let mut reader = match csv::Reader::from_path(&path) {
        Ok(reader) => reader,
        Err(source) => return Err(QuestionsError::Open { path, source }),
    };
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(source) => return Err(QuestionsError::Line { path, source }),
    };
    if let Some(column) = COLUMNS.into_iter().find(|column| !header.iter().any(|name| name == *column)) {
        return Err(QuestionsError::Column { path, column });
    }
    let mut questions = Vec::new();
    for record in reader.records() {
        let question = record.and_then(|record| {
            let line = record.position().map_or(0, csv::Position::line);
            Ok((line, record.deserialize::<Question>(Some(&header))?))
        });
        match question {
            Ok((line, question)) => match question.blank() {
                Some(column) => return Err(QuestionsError::Blank { path, line, column }),
                None => questions.push(question),
            },
            Err(source) => return Err(QuestionsError::Line { path, source }),
        }
    }
    if questions.is_empty() { Err(QuestionsError::Empty { path }) } else { Ok(questions) }
}

impl Question {
    fn blank(&self) -> Option<&'static str> {
        let values = [&self.id, &self.text, &self.expected];
        let mut columns = COLUMNS.into_iter().zip(values);
        columns.find(|(_, value)| value.trim().is_empty()).map(|(column, _)| column)
    }

    /// Whether an answer is right, as far as that can be told without reading it.
    pub(crate) fn is_answered_by(&self, answer: &str) -> bool {
        answer.to_lowercase().contains(&self.expected.trim().to_lowercase())
    }
}
