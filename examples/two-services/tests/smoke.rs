//! The services as a user runs them: a process, asked over TCP.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test")]

use std::collections::{HashMap, HashSet};

use basalt_tests::{
    collector::{
        Collector,
        proto::{Span, Value},
    },
    program::Program,
};
use serde_json::{Value as JsonValue, json};

const WHO: &str = "x-user-id: u-1\r\nx-user-name: Ada\r\nx-organization-id: o-1\r\nx-experiment-id: e-1\r\n";

/// Asks once; says what was printed until the end.
async fn ask(variables: &[(&str, &str)]) -> String {
    let services = Program::start(env!("CARGO_BIN_EXE_two-services"), variables);
    let question = json!({ "question": "When does the span of a request end?" });
    let answer = services.post("/ask", WHO, &question).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body: JsonValue = serde_json::from_slice(&answer.body).unwrap();
    assert!(body["answer"].as_str().unwrap().to_lowercase().contains("last byte"), "{body}");
    assert!(body["sources"].as_array().unwrap().contains(&json!("requests.md")), "{body}");
    services.stop()
}

fn text(value: Option<&Value>) -> Option<&str> {
    match value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_services_leave_one_trace_in_which_each_call_is_a_parent() {
    let collector = Collector::start().await;
    let endpoint = format!("http://{}", collector.address());
    ask(&[("BASALT_OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]).await;

    let mut by_service: Vec<(String, Span)> = Vec::new();
    for resource in collector.batches().into_iter().flat_map(|batch| batch.resources) {
        let service = text(resource.attribute("service.name")).unwrap().to_owned();
        let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
        by_service.extend(spans.map(|span| (service.clone(), span)));
    }
    let traces: HashSet<_> = by_service.iter().map(|(_, span)| &span.trace_id).collect();
    assert_eq!(traces.len(), 1, "one trace");

    let names: HashMap<_, _> = by_service.iter().map(|(_, span)| (&span.span_id, &*span.name)).collect();
    let mut seen: Vec<_> = by_service
        .iter()
        .map(|(service, span)| {
            let who =
                ["basalt.user.id", "basalt.user.name", "basalt.organization.id", "basalt.experiment.id"]
                    .map(|key| text(span.attribute(key)));
            (&**service, &*span.name, names.get(&span.parent_span_id).copied(), who)
        })
        .collect();
    seen.sort_unstable();
    let (known, unknown) = ([Some("u-1"), Some("Ada"), Some("o-1"), Some("e-1")], [None; 4]);
    assert_eq!(
        seen,
        [
            ("front", "POST /ask", None, known),
            ("front", "answer", Some("POST /ask"), known),
            ("front", "search", Some("POST /ask"), known),
            ("index", "GET /documents", Some("documents"), unknown),
            ("index", "lookup", Some("GET /documents"), unknown),
            ("search", "GET /search", Some("search"), known),
            ("search", "documents", Some("GET /search"), known),
        ]
    );
    let root = by_service.iter().find(|(_, span)| span.name == "POST /ask");
    assert!(root.unwrap().1.parent_span_id.is_empty(), "nobody called the front");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_account_every_service_prints_its_own_tree_of_the_trace() {
    let printed = ask(&[]).await;
    let roots: Vec<_> = printed.lines().filter(|line| line.contains("  trace ")).collect();
    let traces: HashSet<_> = roots.iter().filter_map(|line| line.split("  trace ").nth(1)).collect();
    assert_eq!((roots.len(), traces.len()), (3, 1), "{printed}");
    for (name, knows) in [("GET /documents", false), ("GET /search", true), ("POST /ask", true)] {
        let root = roots.iter().find(|line| line.starts_with(name)).unwrap();
        assert_eq!(root.contains("user u-1 (Ada) · org o-1 · experiment e-1"), knows, "{printed}");
    }
}
