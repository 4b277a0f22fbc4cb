//! A folder of Markdown files, searchable section by section.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tantivy::{
    Index, IndexReader, TantivyDocument, TantivyError,
    collector::TopDocs,
    doc,
    query::QueryParser,
    schema::{Field, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value},
};
use thiserror::Error;

const MEMORY: usize = 15_000_000;

/// An index in memory, made once.
pub struct Library {
    reader: IndexReader,
    parser: QueryParser,
    fields: Fields,
    folder: PathBuf,
    sections: usize,
}

#[derive(Clone, Copy)]
struct Fields {
    file: Field,
    heading: Field,
    text: Field,
}

/// A section that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    /// Relative to the folder.
    pub file: String,
    /// The heading it stands under.
    pub heading: String,
    /// The section, without its heading.
    pub text: String,
    /// How well it fits; higher is better.
    pub score: f32,
}

/// Why a folder cannot be searched.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LibraryError {
    /// A file or the folder itself cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is nothing to answer from.
    #[error("{0} holds no Markdown files: name a folder that does")]
    Empty(PathBuf),
    /// The index failed.
    #[error(transparent)]
    Index(#[from] TantivyError),
}

impl Library {
    /// Reads every `.md` file below a folder.
    ///
    /// # Errors
    ///
    /// [`LibraryError`] if something cannot be read, or if there is nothing to read.
    pub fn open(folder: &Path) -> Result<Self, LibraryError> {
        let folder =
            folder.canonicalize().map_err(|source| LibraryError::Read { path: folder.to_owned(), source })?;
        let mut schema = Schema::builder();
        let indexing = TextFieldIndexing::default().set_tokenizer("en_stem");
        let searchable = TextOptions::default().set_indexing_options(indexing).set_stored();
        let fields = Fields {
            file: schema.add_text_field("file", STRING | STORED),
            heading: schema.add_text_field("heading", searchable.clone()),
            text: schema.add_text_field("text", searchable),
        };
        let index = Index::create_in_ram(schema.build());
        let mut writer = index.writer_with_num_threads(1, MEMORY)?;
        let mut sections = 0;
        for path in markdown_files(&folder)? {
            let text = fs::read_to_string(&path)
                .map_err(|source| LibraryError::Read { path: path.clone(), source })?;
            let file = path.strip_prefix(&folder).unwrap_or(&path).display().to_string();
            for (heading, text) in split(&text) {
                let section =
                    doc!(fields.file => file.clone(), fields.heading => heading, fields.text => text);
                writer.add_document(section)?;
                sections += 1;
            }
        }
        if sections == 0 {
            return Err(LibraryError::Empty(folder));
        }
        writer.commit()?;
        let parser = QueryParser::for_index(&index, vec![fields.heading, fields.text]);
        Ok(Self { reader: index.reader()?, parser, fields, folder, sections })
    }

    /// The sections that fit best, best first. A question is read leniently: no syntax is an error.
    ///
    /// # Errors
    ///
    /// [`LibraryError::Index`] if the index fails.
    pub fn search(&self, question: &str, limit: usize) -> Result<Vec<Passage>, LibraryError> {
        let (query, _) = self.parser.parse_query_lenient(question);
        let searcher = self.reader.searcher();
        let found = searcher.search(&query, &TopDocs::with_limit(limit).order_by_score())?;
        let passage = |(score, address)| {
            let document: TantivyDocument = searcher.doc(address)?;
            let text = |field| {
                let value = document.get_first(field);
                value.and_then(|value| value.as_str()).unwrap_or_default().to_owned()
            };
            let Fields { file, heading, text: body } = self.fields;
            Ok(Passage { file: text(file), heading: text(heading), text: text(body), score })
        };
        found.into_iter().map(passage).collect()
    }
}

/// How much of what it holds.
impl fmt::Display for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sections of {}", self.sections, self.folder.display())
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Library").field("sections", &self.sections).finish_non_exhaustive()
    }
}

fn markdown_files(folder: &Path) -> Result<Vec<PathBuf>, LibraryError> {
    let read = |path: &Path, source| LibraryError::Read { path: path.to_owned(), source };
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|source| read(&folder, source))? {
            let path = entry.map_err(|source| read(&folder, source))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Headings, each with the text below it.
fn split(markdown: &str) -> Vec<(String, String)> {
    let mut sections = vec![(String::new(), String::new())];
    let mut fenced = false;
    for line in markdown.lines() {
        fenced ^= line.starts_with("```");
        if !fenced && line.starts_with('#') {
            sections.push((line.trim_start_matches('#').trim().to_owned(), String::new()));
        } else if let Some((_, text)) = sections.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    let trimmed = sections.into_iter().map(|(heading, text)| (heading, text.trim().to_owned()));
    trimmed.filter(|(_, text)| !text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_split_at_headings_outside_of_code() {
        let sections = split("intro\n# A\none\n```\n# not a heading\n```\n## B\n\n# C\nthree");
        let expected = [("", "intro"), ("A", "one\n```\n# not a heading\n```"), ("C", "three")];
        assert_eq!(sections, expected.map(|(heading, text)| (heading.to_owned(), text.to_owned())));
    }

    #[test]
    fn this_projects_own_documents_are_found() {
        let library = Library::open(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"))).unwrap();
        let found = library.search("which environment variables are there?", 3).unwrap();
        assert!(found.iter().any(|passage| passage.file == "configuration.md"), "{found:?}");
        assert!(library.search("\"unbalanced AND (", 3).is_ok());
    }

    #[test]
    fn a_folder_without_documents_is_refused() {
        let error = Library::open(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))).unwrap_err();
        assert!(error.to_string().contains("no Markdown files"), "{error}");
    }
}
