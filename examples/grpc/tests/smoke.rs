//! The service and its client as a user runs them: two processes.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test")]

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStderr, Command, Output, Stdio},
};

use basalt_tests::{
    collector::{
        Collector,
        proto::{Span, Value},
    },
    port::Port,
};

type Variables<'a> = &'a [(&'a str, &'a str)];

/// The program, with nothing but these variables to configure it.
fn program(arguments: &[&str], variables: Variables<'_>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grpc-chat"));
    command.args(arguments).env_clear().env("NO_COLOR", "1").envs(variables.iter().copied());
    command
}

struct Served {
    process: Child,
    address: String,
    stderr: BufReader<ChildStderr>,
}

impl Served {
    /// Starts the service on a free port.
    fn start(variables: Variables<'_>) -> Self {
        let mut command = program(&["serve", "--listen", "127.0.0.1:0"], variables);
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(process.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let address = line.split(", ").last().unwrap().trim().to_owned();
        assert!(address.starts_with("http://127.0.0.1:"), "no address in {line:?}");
        Self { process, address, stderr }
    }

    /// Runs the client to its end.
    fn ask(&self, arguments: &[&str], variables: Variables<'_>) -> Output {
        let arguments = [&["ask", "--server", &self.address], arguments].concat();
        program(&arguments, variables).output().unwrap()
    }

    /// Stops it as Ctrl-C does; says what it printed.
    fn stop(&mut self) -> String {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let mut printed = String::new();
        self.stderr.read_to_string(&mut printed).unwrap();
        assert!(self.process.wait().unwrap().success(), "{printed}");
        printed
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn trace(line: &str) -> &str {
    line.split("trace ").last().unwrap().trim()
}

#[test]
fn client_and_server_print_one_trace() {
    let mut served = Served::start(&[]);
    let asked = served.ask(&["When does the span of a request end?", "--user", "u-1"], &[]);
    let (answer, said) = (lossy(&asked.stdout), lossy(&asked.stderr));
    assert!(asked.status.success(), "{said}");
    assert!(answer.to_lowercase().contains("last byte"), "{answer}");
    assert!(said.starts_with("ask  docs-chat  ") && said.contains("user u-1"), "{said}");

    let printed = served.stop();
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(lines.len(), 3, "{printed}");
    assert!(
        lines[0].starts_with("docs.Chat/Ask  docs-chat  ") && lines[0].contains("OK · user u-1"),
        "{printed}"
    );
    assert!(lines[1].starts_with("├─ search  retrieval  "), "{printed}");
    assert!(lines[2].starts_with("└─ answer  generation  "), "{printed}");
    assert_eq!(trace(lines[0]), trace(&said));
}

#[test]
fn a_blank_question_is_the_callers_business() {
    let mut served = Served::start(&[]);
    let asked = served.ask(&[" "], &[]);
    assert!(!asked.status.success());
    assert!(lossy(&asked.stderr).contains("the question is blank"));
    let printed = served.stop();
    assert!(printed.contains("INVALID_ARGUMENT") && !printed.contains("failed"), "{printed}");
}

fn text(span: &Span, key: &str) -> Option<String> {
    match span.attribute(key) {
        Some(Value::String(text)) => Some(text.clone()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_streamed_answer_is_one_trace_of_two_programs() {
    let collector = Collector::start().await;
    let endpoint = format!("http://{}", collector.address());
    let run = tokio::task::spawn_blocking(move || {
        let variables = [("BASALT_OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())];
        let mut served = Served::start(&variables);
        let asked = served.ask(&["What is a record?", "--stream", "--user", "u-1"], &variables);
        assert_eq!(served.stop(), "", "nothing but the first line is printed");
        asked
    });
    let asked = run.await.unwrap();
    assert!(asked.status.success(), "{}", lossy(&asked.stderr));

    let spans = collector.spans();
    let named = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let (ask, call) = (named("ask"), named("docs.Chat/AskStream"));
    assert_eq!(spans.len(), 4);
    assert!(spans.iter().all(|span| span.trace_id == ask.trace_id));
    assert!(spans.iter().all(|span| text(span, "basalt.user.id").as_deref() == Some("u-1")));
    assert_eq!(call.parent_span_id, ask.span_id);
    for step in ["search", "answer"] {
        assert_eq!(named(step).parent_span_id, call.span_id);
    }
    assert_eq!(text(call, "rpc.status_code").as_deref(), Some("OK"));
    let answer = lossy(&asked.stdout).trim_end_matches('\n').to_owned();
    for span in [ask, call, named("answer")] {
        assert_eq!(text(span, "basalt.span.output").as_ref(), Some(&answer), "{}", span.name);
    }
}

#[test]
fn a_model_that_is_down_is_unavailable() {
    let port = Port::reserve();
    let base = format!("http://{}/v1", port.address());
    let mut served = Served::start(&[("OPENAI_BASE_URL", &base)]);
    let asked = served.ask(&["Why is there a record?"], &[]);
    assert!(!asked.status.success());
    let printed = served.stop();
    let call = printed.lines().next().unwrap();
    assert!(call.contains("UNAVAILABLE") && call.contains("failed: the model gave no answer"), "{printed}");
}
