//! What can go wrong at the start of delivery, and at the end.

use std::io;

use thiserror::Error;

/// Why delivery could not be started.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// An exporter could not be made.
    #[error("the exporter for `{destination}` could not be made: {reason}")]
    Exporter {
        /// Where it was to send.
        destination: String,
        /// What its maker said.
        reason: String,
    },
    /// The directory for batches on disk cannot be used.
    #[cfg(feature = "spool")]
    #[error(
        "`spool`: `{}` cannot be used: {reason}; give a directory that this process may create, read and write",
        directory.display()
    )]
    Spool {
        /// As it was given.
        directory: std::path::PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The system gave no thread, or the thread no runtime.
    #[error("the delivery thread could not be started: {0}")]
    Thread(#[from] io::Error),
}

/// Spans that were not delivered.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{undelivered} spans were not delivered: {reason}")]
#[non_exhaustive]
pub struct DeliveryError {
    /// How many spans, counted once per destination.
    pub undelivered: u64,
    /// The latest reason.
    pub reason: String,
}
