//! Memory over a long time at a fixed rate, the collector away in the middle third.

#![expect(clippy::print_stdout, reason = "a table that grows while somebody looks")]

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use basalt_tower::{Basalt, Protocol};

use crate::{budget::Verdict, cases, measure::median, sink::Sink, workload::Workload};

/// Requests per second, of four spans each.
const RATE: f64 = 2_000.0;
const BURST: Duration = Duration::from_millis(5);
/// Lines of the table.
const SAMPLES: u32 = 60;

/// One line.
struct Sample {
    /// Of the whole time.
    share: f64,
    mebibytes: f64,
    overflowed: u64,
}

/// Prints the table, and whether memory stayed where it was.
pub(crate) fn soak(seconds: u64) -> Result<Verdict> {
    let all = Duration::from_secs(seconds.max(3));
    let first = Sink::start(None, 0, Duration::ZERO)?;
    let (port, url) = (first.port(), first.url());
    let basalt = Basalt::builder().service_name("soak").endpoint(url).protocol(Protocol::Grpc).build()?;
    let mut workload = cases::steps_of(&basalt)?;
    let mut sink = Some(first);
    let mut samples = Vec::new();
    println!("{:>7}  {:>9}  {:>9}  {:>10}  {:>10}  collector", "s", "MiB", "waiting", "sent", "dropped");
    let begun = Instant::now();
    let mut done = 0;
    while begun.elapsed() < all {
        let share = begun.elapsed().as_secs_f64() / all.as_secs_f64();
        let away = (1.0 / 3.0..2.0 / 3.0).contains(&share);
        match (&sink, away) {
            (Some(_), true) => sink = None,
            (None, false) => sink = Some(Sink::start(None, port, Duration::ZERO)?),
            _ => {}
        }
        hold(workload.as_mut(), &mut done, begun, all / SAMPLES)?;
        samples.push(sample(&basalt, begun, share, sink.is_some())?);
    }
    verdict(&samples)
}

/// For a while, as many requests as are due.
fn hold(workload: &mut dyn Workload, done: &mut u64, begun: Instant, length: Duration) -> Result<()> {
    let end = Instant::now() + length;
    while Instant::now() < end {
        let due = (begun.elapsed().as_secs_f64() * RATE) as u64;
        workload.run(due.saturating_sub(*done))?;
        *done = due;
        thread::sleep(BURST);
    }
    Ok(())
}

fn sample(basalt: &Basalt, begun: Instant, share: f64, there: bool) -> Result<Sample> {
    let health = basalt.health();
    let destination = health.destinations.first().context("no destination")?;
    let overflowed = health.overflowed + destination.overflowed;
    let mebibytes = resident()?;
    let collector = if there { "there" } else { "away" };
    let (waiting, sent) = (health.queued + destination.waiting, destination.sent);
    let seconds = begun.elapsed().as_secs_f64();
    println!("{seconds:>7.1}  {mebibytes:>9.1}  {waiting:>9}  {sent:>10}  {overflowed:>10}  {collector}");
    Ok(Sample { share, mebibytes, overflowed })
}

/// Of this process, in MiB.
fn resident() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no memory")?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes / 1024.0)
}

/// While the collector is away, after what may wait has come together: the last lines beside the first.
fn verdict(samples: &[Sample]) -> Result<Verdict> {
    let away = samples.iter().filter(|sample| (1.0 / 3.0..2.0 / 3.0).contains(&sample.share));
    let full: Vec<f64> = away.filter(|sample| sample.overflowed > 0).map(|sample| sample.mebibytes).collect();
    ensure!(full.len() > 3, "what may wait has not come together while the collector was away: soak longer");
    let half = full.len() / 2;
    let (early, late) = full.split_at(half);
    let growth = median(late.to_vec()) / median(early.to_vec());
    Ok(Verdict::at_most("memory while the collector is away, late half × early half", growth, 1.05))
}
