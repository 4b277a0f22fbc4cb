//! The prompts of the local API: one JSON file per version, each as the API answers it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

/// A version of a prompt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredPrompt {
    slug: String,
    version: String,
    tag: Option<String>,
    /// Texts and model: the API only passes them on.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// Which version is meant. What is not said does not matter.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    pub(crate) version: Option<String>,
    pub(crate) tag: Option<String>,
}

/// Why the prompts of a folder cannot be served.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    #[error("{path}: {source}; name a folder of prompts with --prompts")]
    Read { path: PathBuf, source: io::Error },
    #[error("{path}: {source}; write it as those in examples/experiment/prompts")]
    Shape { path: PathBuf, source: serde_json::Error },
}

impl StoredPrompt {
    /// All of a folder, in the order of their files' names.
    pub(crate) fn read_all(folder: &Path) -> Result<Vec<Self>, StoreError> {
        let failed = |path: &Path, source| StoreError::Read { path: path.to_owned(), source };
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(|source| failed(folder, source))? {
            let path = entry.map_err(|source| failed(folder, source))?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                paths.push(path);
            }
        }
        paths.sort();
        let read = |path: PathBuf| {
            let text = fs::read_to_string(&path).map_err(|source| failed(&path, source))?;
            serde_json::from_str(&text).map_err(|source| StoreError::Shape { path, source })
        };
        paths.into_iter().map(read).collect()
    }

    /// The last that fits.
    pub(crate) fn find<'a>(prompts: &'a [Self], slug: &str, wanted: &Wanted) -> Option<&'a Self> {
        let fits = |prompt: &&Self| {
            let version = wanted.version.as_ref().is_none_or(|version| *version == prompt.version);
            let tag = wanted.tag.as_ref().is_none_or(|tag| Some(tag) == prompt.tag.as_ref());
            prompt.slug == slug && version && tag
        };
        prompts.iter().rfind(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_found_by_version_by_tag_and_by_being_the_latest() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/prompts"));
        let prompts = StoredPrompt::read_all(folder).unwrap();
        let found = |slug, version: Option<&str>, tag: Option<&str>| {
            let wanted = Wanted { version: version.map(str::to_owned), tag: tag.map(str::to_owned) };
            StoredPrompt::find(&prompts, slug, &wanted).map(|prompt| prompt.version.as_str())
        };
        assert_eq!(found("faq-answer", Some("1.0"), None), Some("1.0"));
        assert_eq!(found("faq-answer", None, Some("production")), Some("1.0"));
        assert_eq!(found("faq-answer", None, None), Some("2.0"));
        assert_eq!(found("faq-answer", Some("1.0"), Some("candidate")), None);
        assert_eq!(found("faq", None, None), None);
    }
}
