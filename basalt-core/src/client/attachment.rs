//! Files for datasets.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use thiserror::Error;

use super::reply::Missed;
use crate::http_client::Body;

/// Bytes of a file, at most. Source: the official SDKs.
const LONGEST: u64 = 10 * 1024 * 1024;

/// What a dataset takes, with the endings of file names that say so. Source: the official SDKs.
const TYPES: [(&str, &[&str]); 5] = [
    ("image/png", &["png"]),
    ("image/jpeg", &["jpg", "jpeg"]),
    ("application/pdf", &["pdf"]),
    ("text/html", &["html", "htm"]),
    ("text/markdown", &["md", "markdown"]),
];

/// A file for a row of a dataset: PNG, JPEG, PDF, HTML or Markdown, of 10 MiB at most.
///
/// ```
/// use basalt_core::client::Attachment;
///
/// let photo = Attachment::path("photos/receipt.jpg");
/// let page = Attachment::bytes("page", "<h1>Hello</h1>").content_type("text/html");
/// ```
#[derive(Clone)]
pub struct Attachment {
    source: Source,
    name: String,
    content_type: Option<String>,
}

#[derive(Clone)]
enum Source {
    Path(PathBuf),
    Bytes(Bytes),
}

/// A file that cannot be attached. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the file `{name}` {reason}")]
pub struct InvalidAttachment {
    name: String,
    reason: String,
}

/// A file that can be: looked at, and not yet read.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) name: String,
    pub(super) content_type: &'static str,
    pub(super) length: u64,
    source: Source,
}

impl Attachment {
    /// A file on disk, which is read while it is sent. It is called as the last part of its path.
    pub fn path(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref().to_owned();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self { source: Source::Path(path), name, content_type: None }
    }

    /// A file in memory.
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self { source: Source::Bytes(bytes.into()), name: name.into(), content_type: None }
    }

    /// What the file is called in Basalt. Defaults to the last part of its path.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// What it is: `image/png`, `image/jpeg`, `application/pdf`, `text/html` or `text/markdown`. Defaults to what the
    /// end of its name says.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// Looks at the file: what it is, and how long.
    pub(super) fn checked(self) -> Result<Stored, InvalidAttachment> {
        let refused =
            |reason: &str| Err(InvalidAttachment { name: self.name.clone(), reason: reason.to_owned() });
        let name = self.name.trim();
        if name.is_empty() || name.len() > 255 || name.chars().any(|part| part.is_control() || part == '/') {
            return refused("has a name that no file can have: give another with `Attachment::name`");
        }
        let Some(content_type) = self.said_type() else {
            return refused(
                "is of a type that datasets do not take: PNG, JPEG, PDF, HTML and Markdown are, said by `Attachment::content_type` or the end of the name",
            );
        };
        let length = match &self.source {
            Source::Bytes(bytes) => bytes.len() as u64,
            Source::Path(path) => match std::fs::metadata(path) {
                Ok(about) if about.is_file() => about.len(),
                Ok(_) => return refused("is no file: give the path of one"),
                Err(error) => return refused(&format!("cannot be read: {error}")),
            },
        };
        match length {
            0 => refused("is empty"),
            1..=LONGEST => Ok(Stored { name: name.to_owned(), content_type, length, source: self.source }),
            _ => refused("is longer than the 10 MiB that datasets take"),
        }
    }

    fn said_type(&self) -> Option<&'static str> {
        let ending = self.name.rsplit_once('.').map(|(_, ending)| ending.trim().to_ascii_lowercase());
        let means = |(kind, endings): &&(&'static str, &[&str])| match &self.content_type {
            Some(said) => said == kind,
            None => ending.as_deref().is_some_and(|ending| endings.contains(&ending)),
        };
        TYPES.iter().find(means).map(|(kind, _)| *kind)
    }
}

impl InvalidAttachment {
    /// For a storage that takes less than Basalt promises.
    pub(super) fn too_long(name: String) -> Self {
        Self { name, reason: "is longer than the storage takes".to_owned() }
    }
}

impl Stored {
    /// The body of a request. A file is read while it is sent.
    pub(super) async fn body(&self) -> Result<Body, Missed> {
        match &self.source {
            Source::Bytes(bytes) => Ok(Body::Bytes(bytes.clone())),
            Source::Path(path) => {
                let opened = tokio::fs::File::open(path).await;
                let file =
                    opened.map_err(|error| Missed::Lost(format!("the file cannot be read: {error}")))?;
                Ok(Body::file(file, self.length))
            }
        }
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("name", &self.name)
            .field("content_type", &self.content_type)
            .finish()
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.fmt(f),
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}
