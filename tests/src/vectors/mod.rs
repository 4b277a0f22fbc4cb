//! Replays conformance vectors against the real crates and compares what comes out.

mod actions;
mod actix;
mod api;
mod arguments;
mod blocks;
mod call;
pub mod compare;
mod handle;
mod http;
mod layer;
mod observed;
mod program;
mod routes;
mod tower;
mod wire;

use std::{fmt, path::Path};

use serde_json::Value;

/// The web frameworks that HTTP vectors are replayed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Front {
    /// axum, over basalt-tower.
    Tower,
    /// actix-web, over basalt-actix.
    Actix,
}

impl Front {
    /// Every front there is.
    pub const ALL: [Self; 2] = [Self::Tower, Self::Actix];

    /// The name vectors use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tower => "tower",
            Self::Actix => "actix",
        }
    }
}

/// What became of one vector on one front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// No difference.
    Passed,
    /// The differences, a line each.
    Failed(Vec<String>),
    /// The runner lacks an operation.
    Skipped(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("ok"),
            Self::Skipped(operation) => write!(f, "skipped: the runner lacks `{operation}`"),
            Self::Failed(differences) => {
                f.write_str("FAILED")?;
                differences.iter().try_for_each(|difference| write!(f, "\n    {difference}"))
            }
        }
    }
}

/// A vector file, read.
#[derive(Debug, Clone)]
pub struct Vector(Value);

impl Vector {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// What is wrong with the file.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        serde_json::from_str(&text).map(Self).map_err(|error| error.to_string())
    }

    /// The fronts it is to be replayed on; none for a program, which needs no front.
    #[must_use]
    pub fn fronts(&self) -> Option<Vec<Front>> {
        self.0.get("routes")?;
        let named = |front: &Front| match self.0["fronts"].as_array() {
            Some(fronts) => fronts.iter().any(|name| name == front.name()),
            None => true,
        };
        Some(Front::ALL.into_iter().filter(named).collect())
    }

    /// Variables that must be set before the process starts.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let variables = self.0["program"][0]["env"].as_object();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        variables.into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect()
    }

    /// What is expected of a replay whose API was where it says.
    fn expectation(&self, got: &Value) -> Value {
        let expectation = &self.0["expect"];
        let Some(url) = got["base_url"].as_str() else { return expectation.clone() };
        serde_json::from_str(&expectation.to_string().replace("{{base_url}}", url)).unwrap_or_default()
    }

    /// Replays it in this process, which must have been started for it.
    pub async fn replay(&self, front: Option<Front>) -> Verdict {
        let outcome = match front {
            None => wire::replay(&self.0).await,
            Some(front) => http::replay(&self.0, front).await,
        };
        match outcome {
            Err(program::Stop::Lacks(operation)) => Verdict::Skipped(operation),
            Err(program::Stop::Broken(reason)) => Verdict::Failed(vec![reason]),
            Ok(got) => match compare::differences(&self.expectation(&got), &got, &self.0["open"]) {
                differences if differences.is_empty() => Verdict::Passed,
                differences => Verdict::Failed(differences),
            },
        }
    }
}
