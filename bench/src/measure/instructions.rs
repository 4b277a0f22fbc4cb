//! Instructions on the thread that does the work, counted by callgrind.

use std::{
    collections::VecDeque,
    fs,
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
    thread,
};

use anyhow::{Context, Result, bail};

use crate::{cases::Case, workload::Workload};

/// What is not counted: caches fill, buffers grow.
const WARM_UP: u64 = 200;

/// Counts instructions of one piece of work.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instructions {
    /// How often the work is done.
    pub(crate) pieces: u32,
}

impl Instructions {
    /// Whether there is a valgrind, and what to do if not.
    pub(crate) fn available() -> Result<()> {
        let found = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
        match found {
            Ok(status) if status.success() => Ok(()),
            _ => bail!("valgrind counts the instructions and is not installed: `apt-get install valgrind`"),
        }
    }

    /// Of every case, in their order; two at a time, which changes nothing of what is counted.
    pub(crate) fn measure(self, cases: &[&Case]) -> Result<Vec<f64>> {
        let waiting: Mutex<VecDeque<(usize, &Case)>> =
            Mutex::new(cases.iter().copied().enumerate().collect());
        let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let work = || -> Result<Vec<(usize, f64)>> {
            let mut counted = Vec::new();
            while let Some((number, case)) = next() {
                counted.push((number, self.count(case).with_context(|| case.id())?));
            }
            Ok(counted)
        };
        let mut counted = thread::scope(|scope| {
            let threads = [scope.spawn(work), scope.spawn(work)];
            let mut counted = Vec::new();
            for thread in threads {
                counted.extend(thread.join().map_err(|_| anyhow::anyhow!("a thread has panicked"))??);
            }
            anyhow::Ok(counted)
        })?;
        counted.sort_by_key(|(number, _)| *number);
        Ok(counted.into_iter().map(|(_, instructions)| instructions).collect())
    }

    fn count(self, case: &Case) -> Result<f64> {
        Ok(total(case, self.pieces)? as f64 / f64::from(self.pieces))
    }
}

/// The other side: a warm-up, and then what is counted.
pub(crate) fn run_counted(case: &Case, pieces: u64) -> Result<()> {
    let mut workload = case.workload()?;
    workload.run(WARM_UP)?;
    counted_by_callgrind(workload.as_mut(), pieces)
}

/// Callgrind counts inside a function of this name and nowhere else.
#[inline(never)]
fn counted_by_callgrind(workload: &mut dyn Workload, pieces: u64) -> Result<()> {
    workload.run(pieces)
}

/// Instructions of the first thread, which does the work.
fn total(case: &Case, pieces: u32) -> Result<u64> {
    let profile =
        std::env::temp_dir().join(format!("basalt-bench-{}-{}", std::process::id(), fastrand::u64(..)));
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--separate-threads=yes", "--toggle-collect=*counted_by_callgrind*"])
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(std::env::current_exe()?)
        .args(["one", &case.id(), &pieces.to_string()])
        .output()?;
    let first = format!("{}-01", profile.display());
    let read = fs::read_to_string(&first);
    remove(&profile)?;
    if !output.status.success() {
        bail!("under callgrind: {}", String::from_utf8_lossy(&output.stderr));
    }
    let read = read.with_context(|| format!("callgrind has left no {first}"))?;
    let total = read.lines().find_map(|line| line.strip_prefix("totals: "));
    Ok(total.context("callgrind has counted nothing")?.trim().parse()?)
}

/// One file for every thread.
fn remove(profile: &std::path::Path) -> Result<()> {
    let name = profile.file_name().context("no name")?.to_string_lossy().into_owned();
    for entry in fs::read_dir(std::env::temp_dir())? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&name) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
