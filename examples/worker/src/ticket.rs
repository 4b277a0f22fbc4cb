//! What comes in.

use std::path::Path;

use basalt_core::Identity;
use serde::Deserialize;

/// A line of the file.
#[derive(Debug, Deserialize)]
pub(crate) struct Ticket {
    pub(crate) id: String,
    customer: Option<String>,
    organization: Option<String>,
    pub(crate) question: String,
}

/// All tickets of a file, or what is wrong with its first bad line.
pub(crate) fn read(path: &Path) -> Result<Vec<Ticket>, csv::Error> {
    csv::Reader::from_path(path)?.into_deserialize().collect()
}

impl Ticket {
    /// Who has asked, as far as the ticket tells.
    pub(crate) fn identity(&self) -> Identity {
        let identity = self.customer.as_deref().map_or_else(Identity::default, Identity::user);
        match &self.organization {
            Some(organization) => identity.organization(organization),
            None => identity,
        }
    }
}
