//! Log lines.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

/// Writes log lines to standard error: those that `RUST_LOG` asks for; without it, what the program itself says,
/// and warnings of everybody.
pub fn log_to_stderr(program: &str) {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(format!("{program}=info,warn")));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
}
