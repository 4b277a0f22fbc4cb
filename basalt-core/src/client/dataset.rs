//! Datasets, as the API tells them.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::reply::or_default;

/// A dataset without its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct DatasetSummary {
    /// What it is called in requests.
    #[serde(default, deserialize_with = "or_default")]
    pub slug: String,
    /// What it is called in Basalt.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// What each row has.
    #[serde(default, deserialize_with = "or_default")]
    pub columns: Vec<Column>,
}

/// A dataset with its rows.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Dataset {
    /// What a list says too.
    #[serde(flatten)]
    pub summary: DatasetSummary,
    /// Its rows, in Basalt's order.
    #[serde(default, deserialize_with = "or_default")]
    pub rows: Vec<DatasetRow>,
}

/// A column of a dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// The key in [`DatasetRow::values`].
    pub name: String,
    /// What it holds, if Basalt says so.
    pub kind: Option<String>,
}

/// A row of a dataset.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DatasetRow {
    /// One value per column; of a file, the key it is stored under.
    #[serde(default, deserialize_with = "or_default")]
    pub values: Map<String, Value>,
    /// What it is called.
    pub name: Option<String>,
    /// What a good answer is.
    pub ideal_output: Option<String>,
    /// Anything else.
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Map<String, Value>,
}

/// A name alone, or with what the column holds.
impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Said {
            Name(String),
            Whole {
                name: String,
                #[serde(rename = "type")]
                kind: Option<String>,
            },
        }

        Ok(match Said::deserialize(deserializer)? {
            Said::Name(name) => Self { name, kind: None },
            Said::Whole { name, kind } => Self { name, kind },
        })
    }
}
