//! Replays conformance vectors: `conformance [--front tower] [--pending FILE] DIR...`
//!
//! Each vector runs in a process of its own. Vectors named in FILE, one per line, as `name` or as
//! `front/name`, may fail or be skipped; one that passes while it is named there is an error. Exits 1 unless
//! every other vector passed.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use basalt_tests::vectors::{Front, Vector, Verdict};

const USAGE: &str = "usage: conformance [--front tower] [--pending FILE] DIR...";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [flag, file, front] = arguments.as_slice()
        && flag == "--one"
    {
        return one(Path::new(file), front);
    }
    match Run::parse(arguments).and_then(|run| run.all()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("{reason}\n{USAGE}");
            ExitCode::FAILURE
        }
    }
}

/// In a process of its own: prints the verdict.
fn one(file: &Path, front: &str) -> ExitCode {
    let front = Front::ALL.into_iter().find(|known| known.name() == front);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let verdict = match (Vector::read(file), runtime) {
        (Ok(vector), Ok(runtime)) => runtime.block_on(vector.replay(front)),
        (Err(reason), _) => Verdict::Failed(vec![reason]),
        (_, Err(error)) => Verdict::Failed(vec![error.to_string()]),
    };
    println!("{verdict}");
    match verdict {
        Verdict::Passed => ExitCode::from(0),
        Verdict::Failed(_) => ExitCode::from(1),
        Verdict::Skipped(_) => ExitCode::from(2),
    }
}

struct Run {
    files: Vec<PathBuf>,
    fronts: Vec<Front>,
    pending: BTreeSet<String>,
}

impl Run {
    fn parse(arguments: Vec<String>) -> Result<Self, String> {
        let mut run = Self { files: Vec::new(), fronts: Front::ALL.to_vec(), pending: BTreeSet::new() };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--front" => {
                    let name = arguments.next().unwrap_or_default();
                    run.fronts.retain(|front| front.name() == name);
                    if run.fronts.is_empty() {
                        return Err(format!("no front is called `{name}`"));
                    }
                }
                "--pending" => run.pending = pending(Path::new(&arguments.next().unwrap_or_default()))?,
                directory => run.files.extend(vectors(Path::new(directory))?),
            }
        }
        if run.files.is_empty() { Err("no vectors".to_owned()) } else { Ok(run) }
    }

    fn all(&self) -> Result<bool, String> {
        let (mut passed, mut failed, mut skipped, mut awaited) = (0, 0, 0, 0);
        for file in &self.files {
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let fronts = match Vector::read(file)?.fronts() {
                None => vec![None],
                Some(fronts) => {
                    fronts.into_iter().filter(|front| self.fronts.contains(front)).map(Some).collect()
                }
            };
            for front in fronts {
                let on = front.map_or("wire", Front::name);
                let (code, verdict) = replay(file, on)?;
                let pending = self.pending.contains(&name) || self.pending.contains(&format!("{on}/{name}"));
                match (code, pending) {
                    (0, false) => passed += 1,
                    (0, true) => {
                        failed += 1;
                        println!("{on} {name}: passes, but is named as pending");
                        continue;
                    }
                    (_, true) => {
                        awaited += 1;
                        println!("{on} {name}: pending");
                        continue;
                    }
                    (2, false) => skipped += 1,
                    (_, false) => failed += 1,
                }
                println!("{on} {name}: {verdict}");
            }
        }
        let pending = if awaited > 0 { format!(", {awaited} pending") } else { String::new() };
        println!("{passed} passed, {failed} failed, {skipped} skipped{pending}");
        Ok(failed == 0 && skipped == 0)
    }
}

/// Starts a process with a clean environment, and the one the vector asks for.
fn replay(file: &Path, on: &str) -> Result<(i32, String), String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if ["BASALT_", "OTEL_", "TRACELOOP_"].iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    command.envs(Vector::read(file)?.environment());
    let output = command.arg("--one").arg(file).arg(on).output().map_err(|error| error.to_string())?;
    let verdict = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
    match output.status.code() {
        Some(code) if !verdict.is_empty() => Ok((code, verdict)),
        _ => Ok((1, format!("FAILED\n    {}", String::from_utf8_lossy(&output.stderr).trim_end()))),
    }
}

fn vectors(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    Ok(files)
}

fn pending(file: &Path) -> Result<BTreeSet<String>, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    Ok(lines.filter(|line| !line.is_empty()).map(str::to_owned).collect())
}
