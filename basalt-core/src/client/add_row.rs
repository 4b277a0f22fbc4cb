//! Adding a row to a dataset.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    Api, ApiCall, Attachment, DatasetError, DatasetRow, Operation,
    ask::{Ask, label},
    segment::checked,
    upload::upload,
};
use crate::semconv::basalt;

/// Adds a row to a dataset: [`Datasets::add_row`](super::Datasets::add_row).
#[derive(Debug)]
pub struct AddRow {
    slug: String,
    values: Map<String, Value>,
    files: Vec<(String, Attachment)>,
    name: Option<String>,
    ideal_output: Option<String>,
    metadata: Map<String, Value>,
}

impl AddRow {
    pub(super) fn new(slug: impl Into<String>) -> Self {
        let (values, metadata) = (Map::new(), Map::new());
        Self { slug: slug.into(), values, files: Vec::new(), name: None, ideal_output: None, metadata }
    }
}

impl ApiCall<AddRow> {
    /// The value of a column, as text. Defaults to none.
    pub fn value(self, column: impl Into<String>, value: impl Into<String>) -> Self {
        self.with(|row| {
            row.values.insert(column.into(), Value::String(value.into()));
        })
    }

    /// A file for a column, in place of a value. Defaults to none.
    pub fn file(self, column: impl Into<String>, file: Attachment) -> Self {
        self.with(|row| row.files.push((column.into(), file)))
    }

    /// What the row is called. Defaults to none.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.with(|row| row.name = Some(name.into()))
    }

    /// What a good answer is. Defaults to none.
    pub fn ideal_output(self, text: impl Into<String>) -> Self {
        self.with(|row| row.ideal_output = Some(text.into()))
    }

    /// One key of the row's metadata: anything that serializes; what does not is null. Defaults to none.
    pub fn metadata(self, key: impl Into<String>, value: impl Serialize) -> Self {
        self.with(|row| {
            row.metadata.insert(key.into(), json!(value));
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Added {
    dataset_row: DatasetRow,
}

impl Operation for AddRow {
    type Output = DatasetRow;
    type Error = DatasetError;

    async fn run(self, api: Arc<Api>) -> Result<DatasetRow, DatasetError> {
        let slug = checked("slug", &self.slug)?;
        let mut values = self.values;
        for (column, file) in self.files {
            values.insert(column, upload(&api, file).await?.into());
        }
        let mut body = Map::from_iter([("values".to_owned(), values.into())]);
        let texts = [("name", self.name.as_deref()), ("idealOutput", self.ideal_output.as_deref())];
        body.extend(texts.into_iter().filter_map(|(key, text)| Some((key.to_owned(), text?.into()))));
        if !self.metadata.is_empty() {
            body.insert("metadata".to_owned(), self.metadata.into());
        }
        let ask = Ask::post(["datasets", slug, "items"], body.into()).labelled(label!("datasets", "add_row"));
        let ask = ask
            .detail(basalt::DATASET_SLUG, Some(slug))
            .detail(basalt::DATASET_ROW_NAME, self.name.as_deref());
        let added: Added = api.ask(ask).await?;
        Ok(added.dataset_row)
    }
}
