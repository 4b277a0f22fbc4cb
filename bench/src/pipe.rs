//! How processes of this program talk to one another: a line on standard output for a line on standard input.

#![expect(clippy::print_stdout, reason = "another process reads it")]

use std::{
    fmt::Display,
    io::{self, BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context, Result, ensure};

/// One line for whoever has started this process.
pub(crate) fn tell(line: impl Display) -> Result<()> {
    println!("{line}");
    Ok(io::stdout().flush()?)
}

/// A process of this program that answers; it ends with this value.
#[derive(Debug)]
pub(crate) struct Partner {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Partner {
    /// This program once more, on one core if it is named, with these arguments.
    pub(crate) fn start(core: Option<usize>, arguments: &[&str]) -> Result<Self> {
        let program = std::env::current_exe()?;
        let mut command = match core {
            Some(core) => {
                let mut command = Command::new("taskset");
                command.arg("-c").arg(core.to_string()).arg(program);
                command
            }
            None => Command::new(program),
        };
        let started = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = started.context("no process: is taskset (util-linux) installed?")?;
        let questions = process.stdin.take().context("no way in")?;
        let answers = BufReader::new(process.stdout.take().context("no way out")?);
        Ok(Self { process, questions, answers })
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Says a line.
    pub(crate) fn say(&mut self, line: impl Display) -> Result<()> {
        writeln!(self.questions, "{line}").context("the other process is gone")
    }

    /// Waits for a line.
    pub(crate) fn hear(&mut self) -> Result<String> {
        let mut line = String::new();
        let read = self.answers.read_line(&mut line)?;
        ensure!(read > 0, "the other process has ended: {:?}", self.process.wait()?);
        Ok(line.trim().to_owned())
    }

    /// Says a line and waits for the answer.
    pub(crate) fn ask(&mut self, line: impl Display) -> Result<String> {
        self.say(line)?;
        self.hear()
    }
}

impl Drop for Partner {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
