//! What a collector does not take goes to disk, and from there to the collector, whichever process sends it.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    ops::Range,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::Duration,
};

use basalt_core::{Basalt, Builder, DestinationHealth, Otlp, Protocol};
use basalt_tests::{
    collector::{Act, Collector},
    port::Port,
    program::command,
    wait,
};
use tempfile::TempDir;

const MIB: usize = 1024 * 1024;
/// Generous: what waits for it, ends sooner.
const LONG: Duration = Duration::from_secs(60);
/// For those who know that nobody will answer.
const SHORT: Duration = Duration::from_secs(1);

fn builder(port: &Port, directory: &Path) -> Builder {
    let otlp = Otlp::new(format!("http://{}", port.address())).timeout(Duration::from_secs(2));
    Basalt::builder().destination(otlp).spool(directory).max_queue_bytes(MIB)
}

fn telemetry(port: &Port, directory: &Path) -> Basalt {
    builder(port, directory).build().unwrap()
}

/// One batch per span, some 34 of which fill the memory.
async fn end(basalt: &Basalt, prefix: &str, numbers: Range<usize>) {
    for number in numbers {
        let root = basalt.start_observe("spool", format!("{prefix} {number}")).start();
        root.set_input("x".repeat(30_000));
        root.end();
        wait::until_written(basalt).await;
    }
    // Another attempt fails: what waits by now is sent one by one, and in order.
    let _ = basalt.flush(Duration::from_millis(500)).await;
}

fn health(basalt: &Basalt) -> DestinationHealth {
    basalt.health().destinations.remove(0)
}

fn names(collector: &Collector) -> Vec<String> {
    collector.spans().into_iter().map(|span| span.name).collect()
}

fn numbered(prefix: &str, numbers: Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("{prefix} {number}")).collect()
}

/// The directory of the only destination, and there of the first process.
fn shelf(directory: &Path) -> PathBuf {
    fs::read_dir(directory).unwrap().next().unwrap().unwrap().path().join("0")
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

fn batches(directory: &Path) -> Vec<PathBuf> {
    let mut files = files(&shelf(directory));
    files.retain(|file| file.extension().is_some_and(|extension| extension == "batch"));
    files
}

/// A process that fills the spool; and how many spans lie there.
fn spooler(port: &Port, directory: &Path, prefix: &str, count: usize) -> (Child, usize) {
    let mut command = command(env!("CARGO_BIN_EXE_spooler"));
    command.arg(format!("http://{}", port.address())).arg(directory).args([prefix, &count.to_string()]);
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (process, line.trim().parse().unwrap())
}

fn kill(mut process: Child) {
    process.kill().unwrap();
    process.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_process_had_on_disk_is_delivered_by_the_next_one() {
    let (directory, port) = (TempDir::new().unwrap(), Port::reserve());
    let (process, spooled) = spooler(&port, directory.path(), "span", 100);
    kill(process);
    assert!(spooled > 50 && spooled < 100, "{spooled} on disk");

    let basalt = telemetry(&port, directory.path());
    assert_eq!(health(&basalt).spooled, spooled as u64);
    let collector = Collector::listen(&port);
    basalt.flush(LONG).await.unwrap();
    assert_eq!(names(&collector), numbered("span", 0..spooled), "the oldest, in order, none twice");
    let health = health(&basalt);
    assert_eq!((health.spooled, health.spool_bytes, health.corrupted), (0, 0, 0));
    assert_eq!(batches(directory.path()), Vec::<PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_shutdown_could_not_deliver_is_delivered_by_the_next_process() {
    let (directory, port) = (TempDir::new().unwrap(), Port::reserve());
    let basalt = telemetry(&port, directory.path());
    end(&basalt, "span", 0..60).await;
    let error = basalt.shutdown_within(SHORT).await.unwrap_err();
    assert_eq!(error.undelivered, 60);
    let kept = "60 spans were kept on disk and will be sent by the next process";
    assert!(error.reason.ends_with(kept), "{}", error.reason);
    assert_eq!((health(&basalt).spooled, health(&basalt).waiting, basalt.health().lost()), (60, 0, 0));

    let next = telemetry(&port, directory.path());
    end(&next, "span", 60..70).await;
    let collector = Collector::listen(&port);
    next.shutdown_within(LONG).await.unwrap();
    assert_eq!(names(&collector), numbered("span", 0..70), "in order, and none twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_when_the_last_handle_is_dropped_is_on_disk_at_once() {
    let (directory, port) = (TempDir::new().unwrap(), Port::reserve());
    let basalt = telemetry(&port, directory.path());
    end(&basalt, "span", 0..10).await;
    drop(basalt);
    assert_eq!(batches(directory.path()).len(), 10);

    let (next, collector) = (telemetry(&port, directory.path()), Collector::listen(&port));
    next.flush(LONG).await.unwrap();
    assert_eq!(names(&collector), numbered("span", 0..10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_outlives_the_outage_sends_disk_and_memory_in_order() {
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        let (directory, port) = (TempDir::new().unwrap(), Port::reserve());
        let otlp = Otlp::new(format!("http://{}", port.address())).protocol(protocol);
        let builder = Basalt::builder().destination(otlp).spool(directory.path()).max_queue_bytes(MIB);
        let basalt = builder.build().unwrap();
        end(&basalt, "span", 0..150).await;
        let waits = health(&basalt);
        assert_eq!(waits.spooled + waits.waiting, 150);
        assert!(waits.waiting_bytes <= MIB && waits.spool_bytes > 2 * MIB as u64, "{waits:?}");

        let collector = Collector::listen(&port);
        basalt.flush(LONG).await.unwrap();
        assert_eq!(names(&collector), numbered("span", 0..150));
        assert_eq!((health(&basalt).sent, basalt.health().lost()), (150, 0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_batch_that_a_collector_does_not_answer_keeps_its_place() {
    let (directory, port) = (TempDir::new().unwrap(), Port::reserve());
    let collector = Collector::listen(&port);
    collector.script([Act::Hang]);
    let otlp = Otlp::new(format!("http://{}", port.address())).timeout(LONG);
    let builder = Basalt::builder().destination(otlp).spool(directory.path()).max_queue_bytes(MIB);
    let basalt = builder.build().unwrap();
    end(&basalt, "span", 0..1).await;
    wait::until("the first batch on its way", || async { (collector.knocks() == 1).then_some(()) }).await;
    end(&basalt, "span", 1..100).await;
    assert!(health(&basalt).spooled > 0 && basalt.health().lost() == 0);

    collector.stop().await;
    let collector = Collector::listen(&port);
    basalt.flush(LONG).await.unwrap();
    assert_eq!(names(&collector), numbered("span", 0..100));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_from_disk_that_is_refused_for_good_is_dropped_and_holds_nobody_up() {
    let (directory, port) = (TempDir::new().unwrap(), Port::reserve());
    let basalt = telemetry(&port, directory.path());
    end(&basalt, "span", 0..3).await;
    basalt.shutdown_within(SHORT).await.unwrap_err();

    let collector = Collector::listen(&port);
    collector.script([Act::Take, Act::Http(400, "")]);
    let next = telemetry(&port, directory.path());
    assert_eq!(next.flush(LONG).await.unwrap_err().undelivered, 1);
    assert_eq!(names(&collector), ["span 0", "span 2"]);
    assert_eq!((health(&next).refused, batches(directory.path()).len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spool_that_is_full_drops_its_oldest_and_counts_them() {
    let (directory, port) = (TempDir::new().unwrap(), Port::reserve());
    let basalt = builder(&port, directory.path()).max_spool_bytes(MIB as u64).build().unwrap();
    end(&basalt, "span", 0..100).await;
    basalt.flush(Duration::ZERO).await.expect_err("it tells what was lost so far");
    let waits = health(&basalt);
    assert!(waits.spool_bytes <= MIB as u64 && waits.spooled > 20, "{waits:?}");
    assert!(waits.overflowed > 20, "{waits:?}");
    let on_disk: u64 = batches(directory.path()).iter().map(|file| file.metadata().unwrap().len()).sum();
    assert!(on_disk <= waits.spool_bytes);

    let collector = Collector::listen(&port);
    basalt.shutdown_within(LONG).await.unwrap();
    let (sent, lost) = (names(&collector), basalt.health().lost());
    assert_eq!(sent.len() as u64 + lost, 100, "sent or counted");
    let latest = numbered("span", 0..100).split_off(101 - sent.len());
    assert!(sent.ends_with(&latest), "the latest are kept, in order: {sent:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_are_damaged_or_foreign_are_put_aside_and_hold_nobody_up() {
    let (directory, port) = (TempDir::new().unwrap(), Port::reserve());
    let basalt = telemetry(&port, directory.path());
    end(&basalt, "span", 0..10).await;
    basalt.shutdown_within(SHORT).await.unwrap_err();

    let (shelf, batches) = (shelf(directory.path()), batches(directory.path()));
    let mut bytes = fs::read(&batches[0]).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&batches[0], &bytes).unwrap();
    fs::write(&batches[3], &fs::read(&batches[3]).unwrap()[..1_000]).unwrap();
    fs::write(&batches[6], "").unwrap();
    fs::write(&batches[9], "x".repeat(40_000)).unwrap();
    let whole = fs::read(&batches[1]).unwrap();
    for foreign in ["notes.txt", "7.batch", "18446744073709551615.batch", "00000000000000000099.tmp"] {
        fs::write(shelf.join(foreign), &whole).unwrap();
    }

    let collector = Collector::listen(&port);
    let next = telemetry(&port, directory.path());
    let error = next.flush(LONG).await.unwrap_err();
    // One is seen as it is sent, one by its header; of the others nobody can say how many spans they had.
    assert_eq!((error.undelivered, error.reason.contains("damaged")), (2, true), "{error}");
    let expected = [1, 2, 4, 5, 7, 8].map(|number| format!("span {number}"));
    assert_eq!(names(&collector), expected);
    assert_eq!((health(&next).corrupted, health(&next).spooled), (8, 0));
    assert_eq!(files(&shelf.join("aside")).len(), 8);
    next.flush(LONG).await.unwrap();
}

#[tokio::test]
async fn of_files_put_aside_only_a_few_are_kept() {
    let (directory, port) = (TempDir::new().unwrap(), Port::reserve());
    drop(telemetry(&port, directory.path()));
    let shelf = shelf(directory.path());
    for number in 0..40 {
        fs::write(shelf.join(format!("{number}.txt")), "not ours").unwrap();
    }
    let basalt = telemetry(&port, directory.path());
    assert_eq!(health(&basalt).corrupted, 40);
    assert_eq!(files(&shelf.join("aside")).len(), 16);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_that_is_deleted_is_made_again_and_costs_what_lay_there() {
    let (directory, port) = (TempDir::new().unwrap(), Port::reserve());
    let basalt = telemetry(&port, directory.path());
    end(&basalt, "span", 0..60).await;
    let spooled = health(&basalt).spooled;
    assert!(spooled > 20);
    fs::remove_dir_all(directory.path()).unwrap();
    end(&basalt, "span", 60..100).await;
    assert!(health(&basalt).waiting_bytes <= MIB);
    assert!(!batches(directory.path()).is_empty(), "the directory is made again");

    let collector = Collector::listen(&port);
    let _ = basalt.shutdown_within(LONG).await;
    let (sent, lost) = (names(&collector), basalt.health().lost());
    assert_eq!(sent.len() as u64 + lost, 100, "sent or counted");
    assert!(lost == spooled && health(&basalt).waiting == 0, "what lay there is gone, and no more: {lost}");
    assert_eq!(sent.last().unwrap(), "span 99");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_that_was_deleted_is_not_shared_by_those_who_make_it_again() {
    let (directory, port) = (TempDir::new().unwrap(), Port::reserve());
    let first = telemetry(&port, directory.path());
    end(&first, "first", 0..60).await;
    fs::remove_dir_all(directory.path()).unwrap();
    let second = telemetry(&port, directory.path());
    end(&second, "second", 0..60).await;
    end(&first, "first", 60..100).await;
    end(&second, "second", 60..100).await;

    let collector = Collector::listen(&port);
    let _ = first.shutdown_within(LONG).await;
    second.shutdown_within(LONG).await.unwrap();
    let mut sent = names(&collector);
    sent.sort();
    sent.dedup();
    assert_eq!(sent.len(), collector.spans().len(), "none twice");
    let of = |prefix: &str| sent.iter().filter(|name| name.starts_with(prefix)).count() as u64;
    assert_eq!((of("second"), second.health().lost()), (100, 0));
    assert_eq!(of("first") + first.health().lost(), 100, "sent or counted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_share_a_directory_do_not_disturb_one_another() {
    let (directory, port) = (TempDir::new().unwrap(), Port::reserve());
    let (first, _) = spooler(&port, directory.path(), "first", 80);
    let (second, of_second) = spooler(&port, directory.path(), "second", 80);
    let third = telemetry(&port, directory.path());
    assert_eq!(health(&third).spooled, 0, "what belongs to somebody is not touched");
    kill(second);
    third.shutdown().await.unwrap();

    let fourth = telemetry(&port, directory.path());
    assert_eq!(health(&fourth).spooled, of_second as u64, "what nobody has any more is taken over");
    let collector = Collector::listen(&port);
    fourth.flush(LONG).await.unwrap();
    let sent = |prefix: &str| {
        let mut names = names(&collector);
        names.retain(|name| name.starts_with(prefix));
        names
    };
    wait::until("all of the first process", || async { (sent("first").len() >= 80).then_some(()) }).await;
    assert_eq!(sent("first"), numbered("first", 0..80), "it sends its own, disk and memory");
    assert_eq!(sent("second"), numbered("second", 0..of_second));
    kill(first);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_destination_has_a_spool_of_its_own() {
    let (directory, port) = (TempDir::new().unwrap(), Port::reserve());
    let well = Collector::start().await;
    let both = |away: SocketAddr| {
        let builder = Basalt::builder().spool(directory.path());
        let builder = builder.destination(Otlp::new(format!("http://{away}")).name("away"));
        builder.destination(Otlp::new(format!("http://{}", well.address())).name("well")).build().unwrap()
    };
    let basalt = both(port.address());
    end(&basalt, "span", 0..3).await;
    assert_eq!(basalt.shutdown_within(Duration::from_secs(3)).await.unwrap_err().undelivered, 3);

    let elsewhere = Collector::start().await;
    both(elsewhere.address()).shutdown_within(LONG).await.unwrap();
    assert_eq!(names(&elsewhere), numbered("span", 0..3), "the name says where they belong");
    // Nothing was wrong here: batches go side by side, and may overtake one another.
    let mut sent = names(&well);
    sent.sort();
    assert_eq!(sent, numbered("span", 0..3));
}

#[test]
fn a_spool_that_cannot_be_is_refused_with_the_cure() {
    let port = Port::reserve();
    let file = tempfile::NamedTempFile::new().unwrap();
    let refused = |builder: Builder| builder.build().unwrap_err().to_string();
    let said = refused(builder(&port, &file.path().join("below")));
    assert!(said.contains("`spool`") && said.contains("may create, read and write"), "{said}");
    let directory = TempDir::new().unwrap();
    let said = refused(builder(&port, directory.path()).max_spool_bytes(MIB as u64 - 1));
    assert!(said.contains("`max_spool_bytes`") && said.contains("at least 1048576"), "{said}");
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_what_lies_on_disk_and_no_key_lies_there() {
    use std::os::unix::fs::PermissionsExt;

    let (directory, port) = (TempDir::new().unwrap(), Port::reserve());
    let otlp = Otlp::new(format!("http://{}", port.address())).api_key("s3cret-key");
    let basalt = Basalt::builder().destination(otlp).spool(directory.path().join("new")).build().unwrap();
    end(&basalt, "span", 0..1).await;
    basalt.shutdown_within(SHORT).await.unwrap_err();

    let mut folders = vec![directory.path().join("new")];
    let mut seen = 0;
    while let Some(path) = folders.pop() {
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
        if path.is_dir() {
            folders.extend(files(&path));
        } else {
            seen += 1;
            let bytes = fs::read(&path).unwrap();
            assert!(!bytes.windows(10).any(|bytes| bytes == b"s3cret-key"));
        }
    }
    assert_eq!(seen, 2, "a lock and a batch");
}
