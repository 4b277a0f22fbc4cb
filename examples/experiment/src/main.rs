//! Two variants of a prompt over the same questions, under one experiment. See the README beside it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the command line")]

mod account;
mod arguments;
mod comparison;
mod local_api;
mod model;
mod openai;
mod question;
mod quotes;
mod report;
mod stored_prompt;
mod table;
mod tally;
mod trees;
mod usage;
mod variant;

use std::{error::Error, fs, process::ExitCode};

use arguments::{Arguments, Shown};
use basalt_core::Basalt;
use chat::log_to_stderr;
use clap::Parser;
use comparison::{Comparison, FEATURE, Round};
use indicatif::{ProgressBar, ProgressStyle};
use model::Model;
use question::Question;
use report::Report;
use trees::Trees;
use usage::Prices;
use variant::Candidate;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log_to_stderr("experiment");
    match compare(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn compare(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let questions = question::read(&arguments.questions)?;
    let path = &arguments.handbook;
    let handbook = fs::read_to_string(path)
        .map_err(|error| format!("{}: {error}; name a text with --handbook", path.display()))?;

    let trees = Trees::default();
    let printed = trees.clone();
    let basalt =
        Basalt::builder().service_name("faq-experiment").console(move |trees| printed.add(trees)).build()?;
    let api = account::open(&basalt, &arguments.prompts).await?;
    let mut candidates = Vec::new();
    for variant in &arguments.variants {
        candidates.push(variant.fetch(&api, &arguments.prompt).await?);
    }
    let experiment = api.experiments().create(FEATURE, &arguments.experiment).await?;

    let prices = Prices { input: arguments.input_price, output: arguments.output_price };
    let comparison = Comparison { basalt, experiment, model: Model::from_env(), prices, handbook };
    let rounds = rounds(&comparison, &candidates, &questions).await?;
    let delivered = comparison.basalt.shutdown().await;
    let interrupted = rounds.len() < questions.len();
    let experiment = &comparison.experiment;
    print!("{}", Report { experiment, candidates: &candidates, rounds: &rounds, interrupted, delivered });
    show(arguments.traces, &trees, &candidates, &rounds);
    Ok(())
}

/// Question by question, so that what changes in the meantime changes for all candidates; until Ctrl-C.
async fn rounds(
    comparison: &Comparison,
    candidates: &[Candidate],
    questions: &[Question],
) -> Result<Vec<Round>, Box<dyn Error>> {
    let bar = ProgressBar::new(questions.len() as u64);
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}")?);
    let mut rounds = Vec::new();
    for question in questions {
        bar.set_message(question.id.clone());
        let round = async {
            let mut rows = Vec::new();
            for candidate in candidates {
                rows.push(comparison.row(candidate, question).await);
            }
            Round { question: question.id.clone(), rows }
        };
        tokio::select! {
            round = round => rounds.push(round),
            _ = tokio::signal::ctrl_c() => break,
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(rounds)
}

/// Traces on standard error: as trees, or, where they have gone elsewhere, by their ids.
fn show(shown: Shown, trees: &Trees, candidates: &[Candidate], rounds: &[Round]) {
    let rounds: Vec<&Round> = match shown {
        Shown::All => rounds.iter().collect(),
        Shown::One => rounds.iter().find(|round| round.differs()).or(rounds.first()).into_iter().collect(),
        Shown::None => Vec::new(),
    };
    for round in rounds {
        for (row, candidate) in round.rows.iter().zip(candidates) {
            let said = row.answer.as_ref().map_or("", |answer| &answer.text);
            let Some(trace) = &row.trace else { continue };
            let tree = trees.of(trace).unwrap_or_else(|| format!("trace {trace}\n"));
            eprint!("\n{} by {}: {said}\n{tree}", round.question, candidate.label);
        }
    }
}
