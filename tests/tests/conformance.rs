//! The wire, and every front, as the vectors have it.

use std::{path::Path, process::Command};

fn replayed(folder: &str) -> (bool, String) {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(env!("CARGO_BIN_EXE_conformance"))
        .arg(tests.join("vectors").join(folder))
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn programs_leave_the_spans_that_were_recorded() {
    let (passed, report) = replayed("wire");
    assert!(passed, "{report}");
}

#[test]
fn requests_leave_the_spans_that_the_contract_names() {
    let (passed, report) = replayed("http");
    assert!(passed, "{report}");
}
