//! A process that was forked off has no delivery thread: it says so, and waits for nothing.

use basalt_tests::{collector::Collector, program::command};
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_forked_off_says_once_that_it_delivers_nothing_and_its_calls_return() {
    let (collector, directory) = (Collector::start().await, TempDir::new().unwrap());
    let mut forker = command(env!("CARGO_BIN_EXE_forker"));
    forker.arg(format!("http://{}/v1/traces", collector.address())).env("TMPDIR", directory.path());
    let output = tokio::task::spawn_blocking(move || forker.output().unwrap()).await.unwrap();
    let (heard, logged) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{logged}");
    let cure = "build `Basalt` after the fork";
    assert_eq!(heard.lines().filter(|line| line.contains(cure)).count(), 4, "{heard}");
    assert_eq!(logged.matches(cure).count(), 1, "{logged}");
    let names: Vec<_> = collector.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["before", "after"], "the parent goes on");
}
