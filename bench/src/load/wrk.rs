//! wrk, which makes the load.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

/// Connections that are open at once.
const CONNECTIONS: &str = "32";

/// On a core, for so long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wrk {
    pub(super) core: usize,
    pub(super) seconds: u32,
}

/// What it has been answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered {
    pub(super) requests: u64,
    pub(super) per_second: f64,
    pub(super) p99_milliseconds: f64,
}

impl Wrk {
    /// Whether there is one, and what to do if not.
    pub(super) fn available() -> Result<()> {
        for (program, package) in [("wrk", "wrk"), ("taskset", "util-linux")] {
            let found = Command::new(program).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status();
            if found.is_err() {
                bail!("{program} is needed for the load and is not installed: `apt-get install {package}`");
            }
        }
        Ok(())
    }

    pub(super) fn ask(self, url: &str, headers: &[(&str, &str)]) -> Result<Answered> {
        let mut command = Command::new("taskset");
        command.args(["-c", &self.core.to_string(), "wrk", "--latency", "-t", "1", "-c", CONNECTIONS]);
        command.args(["-d", &format!("{}s", self.seconds)]);
        // wrk writes the host by itself.
        for (name, value) in headers.iter().filter(|(name, _)| *name != "host") {
            command.args(["-H", &format!("{name}: {value}")]);
        }
        let output = command.arg(url).output()?;
        let text = String::from_utf8(output.stdout)?;
        ensure!(output.status.success(), "wrk: {text}");
        ensure!(!text.contains("Non-2xx"), "not all answers were well: {text}");
        Answered::read(&text).with_context(|| format!("wrk has said: {text}"))
    }
}

impl Answered {
    fn read(text: &str) -> Option<Self> {
        let lines = || text.lines().map(str::trim);
        let last = |start: &str| lines().find(|line| line.starts_with(start))?.rsplit(' ').next();
        let requests =
            lines().find(|line| line.contains(" requests in "))?.split(' ').next()?.parse().ok()?;
        let per_second = last("Requests/sec:")?.parse().ok()?;
        let p99_milliseconds = milliseconds(last("99%")?)?;
        Some(Self { requests, per_second, p99_milliseconds })
    }
}

/// `812.00us`, `1.23ms`, `1.01s`.
fn milliseconds(text: &str) -> Option<f64> {
    let units = [("us", 1e-3), ("ms", 1.0), ("s", 1e3)];
    let (number, unit) = units.iter().find_map(|(unit, of)| Some((text.strip_suffix(unit)?, of)))?;
    Some(number.parse::<f64>().ok()? * unit)
}
