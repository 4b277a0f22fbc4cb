//! What a service is started with.

use std::{net::SocketAddr, path::PathBuf};

use clap::Parser;

/// Answers questions about a folder of Markdown files.
#[derive(Debug, Parser)]
pub struct Arguments {
    /// The folder; without it, this project's own documents.
    #[arg(default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"))]
    pub folder: PathBuf,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
}

impl Arguments {
    /// Those of this process; ends it, with help, if they are wrong.
    #[must_use]
    pub fn of_process() -> Self {
        Self::parse()
    }
}
