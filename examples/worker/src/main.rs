//! A batch job over a CSV file of tickets. See the README beside it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the command line")]

mod summary;
mod ticket;

use std::{error::Error, path::PathBuf};

use basalt_core::{Basalt, Experiment, RootSpan, with_evaluators};
use chat::{Answer, Chat, ChatError, Library, Model};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use summary::Summary;
use thiserror::Error;
use ticket::Ticket;

/// What the answers are judged by.
const EVALUATORS: [&str; 2] = ["faithful", "tone"];

/// Answers every ticket of a CSV file, each as a trace of its own, all of them under one experiment.
#[derive(Parser)]
struct Arguments {
    /// The tickets: columns `id`, `customer`, `organization` and `question`.
    #[arg(default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/tickets.csv"))]
    tickets: PathBuf,
    /// The Markdown files to answer from; without it, this project's own documents.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"))]
    folder: PathBuf,
    /// The experiment that all tickets belong to.
    #[arg(long, default_value = "quoted-answers")]
    experiment: String,
}

/// Why a ticket has no answer.
#[derive(Debug, Error)]
enum Unanswered {
    #[error("the question is blank")]
    Blank,
    #[error(transparent)]
    Chat(#[from] ChatError),
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let experiment = Experiment::new(&arguments.experiment)?;
    let tickets = ticket::read(&arguments.tickets)?;
    let chat = Chat::new(Library::open(&arguments.folder)?, Model::from_env());

    let bar = ProgressBar::new(tickets.len() as u64);
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}")?);
    let console = bar.clone();
    let basalt = Basalt::builder()
        .service_name("ticket-worker")
        .console(move |tree| console.suspend(|| eprint!("{tree}")))
        .build()?;

    let mut summary = Summary::new(arguments.experiment);
    for ticket in tickets {
        bar.set_message(ticket.id.clone());
        let work = basalt
            .start_observe("ticket-answers", "answer ticket")
            .experiment(&experiment)
            .identity(ticket.identity())
            .metadata("ticket", &ticket.id)
            .try_run(|root| answer(&chat, root, &ticket));
        tokio::select! {
            answer = work => summary.take(ticket, answer),
            _ = tokio::signal::ctrl_c() => {
                summary.interrupted();
                break;
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    summary.delivered(basalt.shutdown().await);
    println!("{summary}");
    Ok(())
}

async fn answer(chat: &Chat, root: RootSpan, ticket: &Ticket) -> Result<Answer, Unanswered> {
    if ticket.question.trim().is_empty() {
        return Err(Unanswered::Blank);
    }
    Ok(with_evaluators(EVALUATORS, chat.answer(&root, &ticket.question)).await?)
}
