//! What observing costs, beside the peers: `basalt-bench --help`.

mod arguments;
mod cases;
mod destination;
mod measure;
mod pipe;
mod shape;
mod sink;
mod threads;
mod workload;

use std::time::Duration;

use anyhow::Result;
use arguments::{Arguments, Part};
use cases::Case;
use clap::Parser;
use destination::Destination;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match arguments.part {
        Some(part) => play(part),
        None => Ok(()),
    }
}

fn play(part: Part) -> Result<()> {
    match part {
        Part::One { case, pieces } => measure::run_counted(Case::find(&case)?, pieces),
        Part::Work { case } => measure::answer_rounds(Case::find(&case)?),
        Part::Serve { case, collector } => {
            let runtime = workload::current_thread()?;
            let entered = runtime.enter();
            let destination = Destination::Collector { endpoint: collector, service: case.clone() };
            let application = Case::find(&case)?.application(&destination)?;
            drop(entered);
            application.serve(runtime)
        }
        Part::Collect { port, delay } => sink::collect(port, Duration::from_millis(delay)),
    }
}
