//! Datasets: listed, fetched, added to.

use std::sync::Arc;

use serde::Deserialize;

use super::{
    AddRow, Api, ApiCall, Dataset, DatasetError, DatasetSummary, Operation,
    ask::{Ask, label},
    segment::checked,
};
use crate::semconv::basalt;

/// Datasets in Basalt: [`Basalt::datasets`](crate::Basalt::datasets).
///
/// ```no_run
/// use basalt_core::client::Attachment;
///
/// # async fn collect(basalt: basalt_core::Basalt) -> Result<(), basalt_core::client::DatasetError> {
/// let row = basalt
///     .datasets()
///     .add_row("receipts")
///     .value("question", "What was the total?")
///     .file("receipt", Attachment::path("receipt.png"))
///     .ideal_output("12.50")
///     .await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Datasets {
    api: Arc<Api>,
}

impl Datasets {
    pub(crate) fn new(api: &Arc<Api>) -> Self {
        Self { api: Arc::clone(api) }
    }

    /// Lists the datasets of the workspace, without their rows.
    ///
    /// # Errors
    ///
    /// [`DatasetError`] if the request failed.
    pub fn list(&self) -> ApiCall<ListDatasets> {
        ApiCall::new(&self.api, ListDatasets {})
    }

    /// Fetches a dataset with all its rows.
    ///
    /// # Errors
    ///
    /// [`DatasetError`] for a slug that cannot be one, or if the request failed.
    pub fn get(&self, slug: impl Into<String>) -> ApiCall<GetDataset> {
        ApiCall::new(&self.api, GetDataset { slug: slug.into() })
    }

    /// Adds a row to a dataset. Files are stored first; the row itself is sent once.
    ///
    /// # Errors
    ///
    /// [`DatasetError`] for a slug that cannot be one, for a file that cannot be attached or stored, or if the request
    /// failed. The row is not added then.
    pub fn add_row(&self, slug: impl Into<String>) -> ApiCall<AddRow> {
        ApiCall::new(&self.api, AddRow::new(slug))
    }
}

/// Lists datasets: [`Datasets::list`].
#[derive(Debug)]
pub struct ListDatasets {}

/// Fetches a dataset: [`Datasets::get`].
#[derive(Debug)]
pub struct GetDataset {
    slug: String,
}

#[derive(Debug, Deserialize)]
struct Listed {
    datasets: Vec<DatasetSummary>,
}

#[derive(Debug, Deserialize)]
struct Got {
    dataset: Dataset,
}

impl Operation for ListDatasets {
    type Output = Vec<DatasetSummary>;
    type Error = DatasetError;

    async fn run(self, api: Arc<Api>) -> Result<Vec<DatasetSummary>, DatasetError> {
        let ask = Ask::get(["datasets"]).labelled(label!("datasets", "list"));
        let listed: Listed = api.ask(ask).await?;
        Ok(listed.datasets)
    }
}

impl Operation for GetDataset {
    type Output = Dataset;
    type Error = DatasetError;

    async fn run(self, api: Arc<Api>) -> Result<Dataset, DatasetError> {
        let slug = checked("slug", &self.slug)?;
        let ask = Ask::get(["datasets", slug]).labelled(label!("datasets", "get"));
        let got: Got = api.ask(ask.detail(basalt::DATASET_SLUG, Some(slug))).await?;
        Ok(got.dataset)
    }
}
