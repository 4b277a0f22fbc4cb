//! What observing costs, beside the peers: `basalt-bench --help`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the command line")]

mod arguments;
mod budget;
mod cases;
mod delivery;
mod destination;
mod load;
mod measure;
mod pipe;
mod plot;
mod report;
mod run;
mod shape;
mod sink;
mod soak;
mod table;
mod threads;
mod workload;

use std::{fs, process::ExitCode, time::Duration};

use anyhow::Result;
use arguments::{Arguments, Part};
use budget::Verdict;
use cases::Case;
use clap::Parser;
use destination::Destination;

/// 1 is a missed budget, 2 is that there is no telling.
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let kept = match &arguments.part {
        Some(part) => play(part).map(|()| true),
        None => measure(&arguments),
    };
    match kept {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether all budgets are kept, or nobody asks.
fn measure(arguments: &Arguments) -> Result<bool> {
    if let Some(seconds) = arguments.soak {
        let verdict = soak::soak(seconds)?;
        println!("\n{verdict}");
        return Ok(!arguments.check || verdict.is_kept());
    }
    let report = run::run(arguments)?;
    if let Some(file) = &arguments.plot {
        fs::write(file, plot::svg(&report))?;
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(!arguments.check || report.budgets.iter().all(Verdict::is_kept))
}

/// A part that another process of this program has asked for.
fn play(part: &Part) -> Result<()> {
    match part {
        Part::One { case, pieces } => measure::run_counted(Case::find(case)?, *pieces),
        Part::Work { case } => measure::answer_rounds(Case::find(case)?),
        Part::Serve { case, collector } => serve(Case::find(case)?, collector.as_deref()),
        Part::Deliver(offer) => delivery::offer(offer),
        Part::Collect { port, delay } => sink::collect(*port, Duration::from_millis(*delay)),
    }
}

fn serve(case: &Case, collector: Option<&str>) -> Result<()> {
    let runtime = workload::current_thread()?;
    let destination = match collector {
        Some(endpoint) => Destination::Collector { endpoint: endpoint.to_owned(), service: case.id() },
        None => Destination::Nowhere,
    };
    let application = {
        let _entered = runtime.enter();
        case.application(&destination)?
    };
    application.serve(runtime)
}
