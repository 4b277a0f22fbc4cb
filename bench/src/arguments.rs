//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::delivery::Offer;

/// Measures what observing costs, beside the peers, and prints it as tables.
///
/// Instructions are counted by valgrind's callgrind, load is made by wrk, and processes are pinned by taskset: all
/// three must be installed. Two cores are enough: the server has one, wrk and the collector have the other.
#[derive(Debug, Parser)]
#[command(name = "basalt-bench")]
pub(crate) struct Arguments {
    /// Exit with 1 if a budget is missed.
    #[arg(long)]
    pub(crate) check: bool,
    /// Print everything as JSON instead of tables.
    #[arg(long)]
    pub(crate) json: bool,
    /// Draw the bars of the README into this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,
    /// Fewer and shorter rounds, for a first look: too few to trust.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Measure only some of it. Defaults to all.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) only: Vec<Section>,
    /// Instead of all this: memory over so many seconds at a fixed rate, the collector away in the middle third.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "600")]
    pub(crate) soak: Option<u64>,
    #[command(subcommand)]
    pub(crate) part: Option<Part>,
}

/// A part of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Section {
    /// One request in this process.
    Requests,
    /// One span below a root.
    Children,
    /// Requests per second over sockets.
    Load,
    /// Spans per second to a collector.
    Delivery,
}

/// What this program does in processes that it starts itself.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Part {
    /// Does the work of a case so many times.
    #[command(hide = true)]
    One { case: String, pieces: u64 },
    /// Does the work of a case as often as each line of standard input says.
    #[command(hide = true)]
    Work { case: String },
    /// Serves a case; its spans go to a collector, if there is one.
    #[command(hide = true)]
    Serve { case: String, collector: Option<String> },
    /// Makes spans at a rate and has them delivered.
    #[command(hide = true)]
    Deliver(Offer),
    /// Counts the spans it is sent.
    #[command(hide = true)]
    Collect {
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// Milliseconds before every answer.
        #[arg(long, default_value_t = 0)]
        delay: u64,
    },
}

impl Arguments {
    /// Whether a section is asked for.
    pub(crate) fn wants(&self, section: Section) -> bool {
        self.only.is_empty() || self.only.contains(&section)
    }
}
