//! The job as a user runs it.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test")]

use std::{collections::HashSet, process::Output};

use basalt_tests::{
    collector::{
        Collector,
        proto::{Span, Value},
    },
    program::command,
};

fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = command(env!("CARGO_BIN_EXE_worker"));
    command.args(arguments).envs(variables.iter().copied()).output().unwrap()
}

#[test]
fn the_job_prints_a_tree_per_ticket_and_one_summary() {
    let output = run(&[], &[]);
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "experiment quoted-answers: 11 answered, 1 not\n  T-1012: the question is blank\n"
    );
    let trees = String::from_utf8(output.stderr).unwrap();
    let roots: Vec<_> = trees.lines().filter(|line| line.starts_with("answer ticket  ")).collect();
    assert_eq!(roots.len(), 12, "{trees}");
    assert!(roots[0].contains("user c-ada · org acme · experiment quoted-answers"), "{trees}");
    assert!(roots[11].contains("failed: the question is blank"), "{trees}");
}

fn text<'a>(span: &'a Span, key: &str) -> Option<&'a str> {
    match span.attribute(key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_ticket_is_a_trace_of_the_experiment_and_every_step_is_evaluated() {
    let collector = Collector::start().await;
    let endpoint = format!("http://{}", collector.address());
    let variables = [("BASALT_OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)];
    let output = tokio::task::spawn_blocking(move || {
        let [(name, value)] = &variables;
        run(&["--experiment", "e-1"], &[(name, value)])
    });
    assert!(output.await.unwrap().status.success());

    let spans = collector.spans();
    let (roots, steps): (Vec<_>, Vec<_>) = spans.iter().partition(|span| span.parent_span_id.is_empty());
    let traces: HashSet<_> = roots.iter().map(|root| &root.trace_id).collect();
    assert_eq!((roots.len(), traces.len(), steps.len()), (12, 12, 22));
    assert!(roots.iter().all(|root| text(root, "basalt.experiment.id") == Some("e-1")));
    for step in steps {
        let evaluators = step.attribute("basalt.span.evaluators");
        assert!(matches!(evaluators, Some(Value::Array(two)) if two.values.len() == 2), "{step:?}");
    }
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let output = run(&["no-such-file.csv"], &[]);
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("No such file"));
}
