//! End to end: what one core serves, asked by wrk from the other one, spans delivered meanwhile.

mod wrk;

use std::{thread, time::Duration};

use anyhow::{Context, Result};
use serde::Serialize;
use wrk::{Answered, Wrk};

use crate::{
    cases::{Case, Front, Role},
    pipe::Partner,
    shape::Shape,
    sink::Sink,
    threads,
};

/// The server's core, and that of wrk and the collector.
const SERVER: usize = 0;
const CLIENT: usize = 1;

/// The SDK's batch processor sends what is left after five seconds.
const LEFTOVERS: Duration = Duration::from_secs(7);

/// How long, how often.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) rounds: usize,
    pub(crate) seconds: u32,
}

/// What one server has given.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Served {
    pub(crate) front: Front,
    pub(crate) role: Role,
    pub(crate) name: &'static str,
    /// Whether its spans are delivered meanwhile, or dropped where they end.
    pub(crate) delivering: bool,
    pub(crate) streamed: bool,
    pub(crate) requests_per_second: f64,
    /// Best round beside bare's best.
    pub(crate) rate_to_bare: f64,
    pub(crate) p99_milliseconds: f64,
    pub(crate) p99_to_bare: f64,
    /// Of the server's core.
    pub(crate) microseconds_per_request: f64,
    /// Requests that one second of the core is enough for, as a share of bare's: where wrk has not
    /// enough of its core, or other programs want the server's too, this says more than `rate_to_bare`.
    pub(crate) per_core_second_to_bare: f64,
    /// Requests whose spans have not come, over all rounds; none where spans go nowhere.
    pub(crate) dropped: Option<u64>,
}

struct Server {
    case: &'static Case,
    delivering: bool,
    partner: Partner,
    port: u16,
    requests: u64,
    rounds: Vec<Round>,
}

#[derive(Debug, Clone, Copy)]
struct Round {
    shape: Shape,
    answered: Answered,
    core_microseconds: f64,
}

impl Load {
    /// Servers of a front take turns, in another order every round.
    pub(crate) fn measure(self, front: Front) -> Result<Vec<Served>> {
        Wrk::available()?;
        let mut sink = Sink::start(Some(CLIENT), 0, Duration::ZERO)?;
        let mut servers = Vec::new();
        for case in Case::all().iter().filter(|case| case.front == front && serves(case)) {
            servers.push(Server::start(case, Some(&sink.url()))?);
            if matches!(case.role, Role::Floor | Role::Ours) {
                servers.push(Server::start(case, None)?);
            }
        }
        for server in &mut servers {
            server.ask(Shape::Plain, 1)?;
            server.rounds.clear();
        }
        for _ in 0..self.rounds {
            for shape in [Shape::Plain, Shape::Streamed] {
                let mut order: Vec<_> = servers.iter_mut().collect();
                fastrand::shuffle(&mut order);
                order.into_iter().try_for_each(|server| server.ask(shape, self.seconds))?;
            }
        }
        thread::sleep(LEFTOVERS);
        table(&servers, &mut sink)
    }
}

/// One of ours is enough.
fn serves(case: &Case) -> bool {
    let usual = case.role != Role::Ours || case.name == "header identity";
    case.shape == Shape::Plain && case.role != Role::Nothing && usual
}

impl Server {
    fn start(case: &'static Case, collector: Option<&str>) -> Result<Self> {
        let id = case.id();
        let arguments: Vec<&str> = ["serve", id.as_str()].into_iter().chain(collector).collect();
        let mut partner = Partner::start(Some(SERVER), &arguments)?;
        let port = partner.hear().with_context(|| case.id())?.parse()?;
        Ok(Self { case, delivering: collector.is_some(), partner, port, requests: 0, rounds: Vec::new() })
    }

    fn ask(&mut self, shape: Shape, seconds: u32) -> Result<()> {
        let before = threads::of_process(self.partner.id())?;
        let url = format!("http://127.0.0.1:{}{}", self.port, shape.path());
        let answered = Wrk { core: CLIENT, seconds }.ask(&url, &shape.headers())?;
        let spent = threads::of_process(self.partner.id())?.saturating_sub(before);
        self.requests += answered.requests;
        let core_microseconds = spent.as_secs_f64() * 1e6 / answered.requests as f64;
        self.rounds.push(Round { shape, answered, core_microseconds });
        Ok(())
    }

    /// Its best round: what disturbs a round only ever makes it worse.
    fn best(&self, shape: Shape, of: fn(&Round) -> f64, better: fn(f64, f64) -> f64) -> f64 {
        let rounds = self.rounds.iter().filter(|round| round.shape == shape);
        rounds.map(of).reduce(better).unwrap_or(f64::NAN)
    }

    fn served(&self, bare: &Self, shape: Shape, dropped: Option<u64>) -> Served {
        let rate = |server: &Self| server.best(shape, |round| round.answered.per_second, f64::max);
        let p99 = |server: &Self| server.best(shape, |round| round.answered.p99_milliseconds, f64::min);
        let core = |server: &Self| server.best(shape, |round| round.core_microseconds, f64::min);
        Served {
            front: self.case.front,
            role: self.case.role,
            name: self.case.name,
            delivering: self.delivering,
            streamed: shape == Shape::Streamed,
            requests_per_second: rate(self),
            rate_to_bare: rate(self) / rate(bare),
            p99_milliseconds: p99(self),
            p99_to_bare: p99(self) / p99(bare),
            microseconds_per_request: core(self),
            per_core_second_to_bare: core(bare) / core(self),
            dropped,
        }
    }
}

fn table(servers: &[Server], sink: &mut Sink) -> Result<Vec<Served>> {
    let bare = servers.iter().find(|server| server.case.role == Role::Bare).context("nobody is bare")?;
    let mut dropped = Vec::new();
    for server in servers {
        let spans = sink.count(&server.case.id())?.spans;
        let delivered = server.delivering && spans > 0;
        dropped.push(delivered.then(|| server.requests.saturating_sub(spans)));
    }
    let of = |shape| {
        let each = servers.iter().zip(&dropped);
        each.map(move |(server, dropped)| server.served(bare, shape, *dropped))
    };
    Ok(of(Shape::Plain).chain(of(Shape::Streamed)).collect())
}
