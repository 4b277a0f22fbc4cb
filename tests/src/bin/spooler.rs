//! Fills a spool and waits to be killed: `spooler ENDPOINT DIRECTORY PREFIX COUNT`
//!
//! Ends so many spans, called PREFIX and a number, which find little memory and no collector. Prints how many lie on
//! disk then, and does nothing until its standard input is closed.

use std::{env, io, time::Duration};

use basalt_core::Basalt;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [endpoint, directory, prefix, count] = arguments.as_slice() else {
        panic!("usage: spooler ENDPOINT DIRECTORY PREFIX COUNT");
    };
    let builder = Basalt::builder().endpoint(endpoint).spool(directory).max_queue_bytes(1024 * 1024);
    let basalt = builder.build().unwrap();
    for number in 0..count.parse().unwrap() {
        let root = basalt.start_observe("spool", format!("{prefix} {number}")).start();
        root.set_input("x".repeat(30_000));
        root.end();
        let _ = basalt.flush_blocking(Duration::ZERO);
        while basalt.health().queued > 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    // Another attempt fails: what waits by now is sent one by one, and in order.
    let _ = basalt.flush_blocking(Duration::from_millis(500));
    println!("{}", basalt.health().destinations[0].spooled);
    let _ = io::stdin().read_line(&mut String::new());
}
