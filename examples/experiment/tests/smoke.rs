//! The comparison as a user runs it.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test")]

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::Path,
    process::Output,
};

use basalt_tests::{
    api_server::{ApiServer, Reply},
    collector::{
        Collector,
        proto::{Span, Value},
    },
    program::command,
};
use serde_json::json;

const ENDPOINT: &str = "BASALT_OTEL_EXPORTER_OTLP_ENDPOINT";

fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = command(env!("CARGO_BIN_EXE_experiment"));
    command.args(arguments).envs(variables.iter().copied()).output().unwrap()
}

/// What goes to standard output, and to standard error.
fn printed(output: Output) -> (String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (out, err) = (text(output.stdout), text(output.stderr));
    assert!(output.status.success(), "{out}{err}");
    (out, err)
}

fn refused(arguments: &[&str]) -> String {
    let output = run(arguments, &[]);
    assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// The cells of the table, by the first of each line.
fn cells(out: &str) -> HashMap<String, Vec<String>> {
    let cells = out.lines().map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()));
    let cells = cells.map(|cells| cells.map(str::to_owned).collect::<Vec<_>>());
    cells.filter(|cells| cells.len() > 1).map(|cells| (cells[0].clone(), cells)).collect()
}

#[test]
fn both_variants_have_a_line_in_the_table_and_a_trace_of_the_same_question() {
    let (out, err) = printed(run(&[], &[]));
    assert!(out.starts_with("experiment local-1: terse or step by step\n"), "{out}");
    let table = cells(&out);
    let (head, terse, steps) = (&table["variant"], &table["1.0"], &table["2.0"]);
    assert!(head.len() == 8 && terse.len() == 8 && steps.len() == 8, "{out}");
    assert!(terse[1] == "8" && steps[1] == "8", "{out}");
    for column in [2, 5, 6, 7] {
        let figure = |line: &[String]| line[column].parse::<f64>().unwrap();
        assert!(figure(terse) < figure(steps), "{}: {out}", head[column]);
    }

    let roots: Vec<_> = err.lines().filter(|line| line.starts_with("compare  faq  ")).collect();
    assert!(roots.len() == 2 && roots[0].contains("experiment local-1"), "{err}");
    assert!(err.contains("Q-1 by 1.0: ") && err.contains("Q-1 by 2.0: "), "{err}");
    assert!(!out.contains("└─"), "{out}");
}

#[test]
fn all_traces_are_shown_to_who_asks_for_them_and_tags_are_variants_too() {
    let (out, err) =
        printed(run(&["--traces", "all", "--variants", "tag:production,tag:candidate,2.0"], &[]));
    assert_eq!(err.lines().filter(|line| line.starts_with("compare  faq  ")).count(), 24, "{err}");
    let table = cells(&out);
    assert_eq!(table["candidate (2.0)"][5..], table["2.0"][5..]);
    assert_ne!(table["production (1.0)"][6], table["2.0"][6]);
}

fn text<'a>(span: &'a Span, key: &str) -> Option<&'a str> {
    match span.attribute(key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_is_a_trace_of_the_experiment_and_every_answer_names_its_prompt() {
    let collector = Collector::start().await;
    let endpoint = format!("http://{}", collector.address());
    let output = tokio::task::spawn_blocking(move || run(&[], &[(ENDPOINT, &endpoint)]));
    let (_, err) = printed(output.await.unwrap());
    assert_eq!(err.lines().filter(|line| line.starts_with("trace ")).count(), 2, "{err}");

    let spans = collector.spans();
    let (roots, answers): (Vec<_>, Vec<_>) = spans.iter().partition(|span| span.parent_span_id.is_empty());
    let traces: HashSet<_> = roots.iter().map(|root| &root.trace_id).collect();
    assert_eq!((roots.len(), traces.len(), answers.len()), (16, 16, 16));
    assert!(spans.iter().all(|span| text(span, "basalt.experiment.id") == Some("local-1")));
    for answer in &answers {
        let root = roots.iter().find(|root| root.trace_id == answer.trace_id).unwrap();
        let version = text(answer, "basalt.prompt.version").unwrap();
        assert!(["1.0", "2.0"].contains(&version));
        assert!(text(root, "basalt.metadata").unwrap().contains(&format!(r#""variant":"{version}""#)));
        assert_eq!(text(answer, "basalt.cost.source"), Some("estimated"));
        assert!(
            matches!(answer.attribute("basalt.span.evaluators"), Some(Value::Array(one)) if one.values.len() == 1)
        );
        assert_eq!(text(root, "basalt.span.output"), text(answer, "basalt.span.output"));
    }
    let terse = answers.iter().filter(|answer| text(answer, "basalt.prompt.version") == Some("1.0"));
    assert_eq!(terse.count(), 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_an_account_its_own_prompts_are_compared() {
    let api = ApiServer::start();
    let experiment =
        json!({"id": "exp-7", "name": "n", "featureSlug": "faq", "createdAt": "2025-02-03T04:05:06Z"});
    api.route("POST", "/monitor/experiments", [Reply::json(201, &experiment)]);
    let prompt = json!({"prompt": {"slug": "qa", "version": "7", "text": "Question: {{ question }}"}});
    api.route("GET", "/prompts/qa", [Reply::json(200, &prompt)]);
    let collector = Collector::start().await;
    let (url, endpoint) = (api.url(), format!("http://{}", collector.address()));
    let output = tokio::task::spawn_blocking(move || {
        let variables = [("BASALT_API_URL", url.as_str()), ("BASALT_API_KEY", "k-1"), (ENDPOINT, &endpoint)];
        run(&["--prompt", "qa", "--variants", "7", "--experiment", "mine"], &variables)
    });
    let (out, _) = printed(output.await.unwrap());
    assert!(out.starts_with("experiment exp-7: n\n") && out.contains("\n7 "), "{out}");

    let asked = api.asked();
    let paths: Vec<_> = asked.iter().map(|asked| asked.path.as_str()).collect();
    assert_eq!(paths, ["/prompts/qa?version=7", "/monitor/experiments"]);
    assert!(asked.iter().all(|asked| asked.headers["authorization"] == "Bearer k-1"));
    assert_eq!(asked[1].body, json!({"featureSlug": "faq", "name": "mine"}).to_string());
    assert_eq!(collector.spans().len(), 16);
}

#[test]
fn a_model_is_asked_as_the_prompts_author_wants_and_counts_its_tokens_itself() {
    let api = ApiServer::start();
    let message = json!({"role": "assistant", "content": "By card."});
    let usage = json!({"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100});
    let choice = json!({"index": 0, "message": message, "finish_reason": "stop"});
    let answer = json!({
        "id": "c-1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage
    });
    let error = json!({"error": {"message": "too busy", "type": null, "param": null, "code": null}});
    api.route("POST", "/chat/completions", [Reply::json(400, &error), Reply::json(200, &answer)]);
    let (out, err) = printed(run(&["--traces", "all"], &[("OPENAI_BASE_URL", &api.url())]));
    assert!(out.contains("Q-1 by 1.0: the model gave no answer: ") && out.contains("too busy"), "{out}");
    assert!(!out.contains("estimated"), "{out}");
    let table = cells(&out);
    assert_eq!(table["1.0"][5..], ["7000", "700", "0.003920"]);
    assert_eq!(table["2.0"][5..], ["8000", "800", "0.004480"]);
    assert!(err.contains("gpt-4.1-mini · 1000 → 100 tokens"), "{err}");

    let asked: serde_json::Value = serde_json::from_slice(&api.asked()[0].body).unwrap();
    assert_eq!((&asked["model"], &asked["max_completion_tokens"]), (&json!("gpt-4.1-mini"), &json!(60)));
    assert_eq!((&asked["messages"][0]["role"], &asked["temperature"]), (&json!("system"), &json!(0.0)));
    assert!(asked["messages"][1]["content"].as_str().unwrap().ends_with("How much does delivery cost?"));
}

#[test]
fn a_file_of_questions_that_is_none_is_an_error_with_the_cure() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for (name, text, reason, cure) in [
        ("no-column", "id,question\nQ-1,why?\n", "no column `expected`", "`id,question,expected`"),
        ("ragged", "id,question,expected\nQ-1,why, oh why?,a\n", "line: 2", "double quotes"),
        ("blank", "id,question,expected\nQ-1,why?,\n", "line 2 leaves `expected` blank", "fill it in"),
        ("empty", "id,question,expected\n", "no questions", "add lines"),
    ] {
        let path = folder.join(name).with_extension("csv");
        fs::write(&path, text).unwrap();
        let said = refused(&["--questions", path.to_str().unwrap()]);
        assert!(said.starts_with("error: ") && said.contains(reason) && said.contains(cure), "{said}");
    }
    let said = refused(&["--questions", "no-such-file.csv"]);
    assert!(said.contains("no-such-file.csv: No such file") && said.contains("--questions"), "{said}");
}

#[test]
fn a_variant_that_is_not_there_is_an_error_with_the_cure() {
    let said = refused(&["--variants", "1.0,9"]);
    assert!(
        said.contains("the variant 9 of the prompt `faq-answer`") && said.contains("check the slug"),
        "{said}"
    );
    for blank in ["", "1.0,", "tag: "] {
        assert!(refused(&["--variants", blank]).contains("such as 1.0,2.0"), "{blank:?}");
    }
}
