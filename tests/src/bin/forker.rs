//! Forks after telemetry has started: `forker ENDPOINT`
//!
//! The parent delivers a span before and one after; the child ends spans and asks for their delivery in every way, and
//! prints what it hears. Log lines go to standard error.

use std::{env, process, time::Duration};

use basalt_core::Basalt;
use fork::{Fork, fork, waitpid};

const LIMIT: Duration = Duration::from_secs(60);

fn main() {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let endpoint = env::args().nth(1).expect("usage: forker ENDPOINT");
    let basalt =
        Basalt::builder().endpoint(endpoint).spool(env::temp_dir().join("basalt-forker")).build().unwrap();
    basalt.start_observe("f", "before").start().end();
    basalt.flush_blocking(LIMIT).unwrap();
    match fork().unwrap() {
        Fork::Child => child(basalt),
        Fork::Parent(child) => {
            waitpid(child).unwrap();
            basalt.start_observe("f", "after").start().end();
            basalt.shutdown_blocking().unwrap();
        }
    }
}

fn child(basalt: Basalt) {
    for _ in 0..1_000 {
        basalt.start_observe("f", "child").start().end();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let heard = [
        basalt.flush_blocking(LIMIT),
        runtime.block_on(basalt.flush(LIMIT)),
        runtime.block_on(basalt.shutdown_within(LIMIT)),
        basalt.shutdown_blocking_within(LIMIT),
    ];
    for heard in heard {
        println!("{}", heard.unwrap_err());
    }
    let _ = basalt.health();
    drop(basalt);
    process::exit(0);
}
