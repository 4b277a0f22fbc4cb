//! The service as a user runs it: a process, asked over TCP.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test")]

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use axum::{Json, Router, response::IntoResponse, routing::post};
use basalt_tests::{
    client::{Answer, Client},
    collector::{
        Collector,
        proto::{Span, Value},
    },
    server::Server,
};
use serde_json::{Value as JsonValue, json};

struct Chat {
    process: Child,
    address: SocketAddr,
    stderr: BufReader<std::process::ChildStderr>,
}

impl Chat {
    /// Starts the service on a free port, with nothing but these variables to configure it.
    fn start(variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_axum-chat"));
        command.args(["--listen", "127.0.0.1:0"]).env_clear().env("NO_COLOR", "1");
        command.envs(variables.iter().copied()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut stderr = BufReader::new(process.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).and_then(|address| address.trim().parse().ok());
        Self { process, address: address.unwrap_or_else(|| panic!("no address in {line:?}")), stderr }
    }

    async fn ask(&self, path: &str, headers: &str, body: &JsonValue) -> Answer {
        let body = body.to_string();
        let length = body.len();
        let mut client = Client::connect(self.address).await;
        let head = format!("POST {path} HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\n");
        client.send(format!("{head}{headers}content-length: {length}\r\n\r\n{body}").as_bytes()).await;
        client.answer("POST").await.unwrap()
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

impl Drop for Chat {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}

fn question(text: &str) -> JsonValue {
    json!({ "question": text })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_account_a_question_prints_a_tree_of_three_spans() {
    let mut chat = Chat::start(&[]);
    let who = "x-user-id: u-1\r\nx-user-name: Ada\r\nx-organization-id: o-1\r\n";
    let answer = chat.ask("/chat", who, &question("When does the span of a request end?")).await;
    assert_eq!(answer.status, 200);
    let body: JsonValue = serde_json::from_slice(&answer.body).unwrap();
    assert!(body["answer"].as_str().unwrap().to_lowercase().contains("last byte"), "{body}");
    assert!(body["sources"].as_array().unwrap().contains(&json!("requests.md")), "{body}");
    assert_eq!(Client::get(chat.address, "/health").await.text(), "ok");

    let printed = chat.stop();
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(lines.len(), 3, "one tree, and none for /health:\n{printed}");
    assert!(lines[0].starts_with("POST /chat  docs-chat  "), "{printed}");
    for part in ["200", "user u-1 (Ada)", "org o-1", "trace "] {
        assert!(lines[0].contains(part), "{printed}");
    }
    assert!(lines[1].starts_with("├─ search  retrieval  ") && lines[1].contains(" results"), "{printed}");
    assert!(lines[2].starts_with("└─ answer  generation  ") && lines[2].contains("extractive"), "{printed}");
    assert!(!printed.contains('\u{1b}'), "plain where it is no terminal");
}

fn text(span: &Span, key: &str) -> Option<String> {
    match span.attribute(key) {
        Some(Value::String(text)) => Some(text.clone()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_three_spans_reach_a_collector_by_grpc_and_by_http() {
    for protocol in ["grpc", "http/protobuf"] {
        let collector = Collector::start().await;
        let endpoint = format!("http://{}", collector.address());
        let mut chat = Chat::start(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("BASALT_API_KEY", "k-1"),
        ]);
        let answer = chat.ask("/chat/stream", "x-user-id: u-1\r\n", &question("What is a record?")).await;
        assert_eq!(answer.header("content-type"), Some("text/event-stream"));
        assert!(answer.text().matches("data: {\"text\":").count() > 3);
        assert_eq!(chat.stop(), "", "nothing but the first line is printed");

        let spans = collector.spans();
        let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
        assert_eq!(names, ["search", "answer", "POST /chat/stream"], "{protocol}");
        let root = &spans[2];
        assert!(spans[..2].iter().all(|span| span.parent_span_id == root.span_id));
        assert!(spans.iter().all(|span| text(span, "basalt.user.id").as_deref() == Some("u-1")));
        assert_eq!(text(root, "basalt.span.input").as_deref(), Some("What is a record?"));
        assert_eq!(text(root, "basalt.span.output"), text(&spans[1], "basalt.span.output"));
        assert_eq!(text(root, "basalt.metadata").as_deref(), Some("{\"example\":\"axum-chat\"}"));
        for batch in collector.batches() {
            assert_eq!(batch.headers["authorization"], "Bearer k-1");
        }
    }
}

/// An OpenAI-compatible endpoint that answers whole or in pieces.
async fn completions(Json(request): Json<JsonValue>) -> impl IntoResponse {
    let usage = json!({"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15});
    if request["stream"] == true {
        let chunk = |delta: &str, usage: &JsonValue| {
            let choices = json!([{"index": 0, "delta": {"content": delta}, "finish_reason": null}]);
            let chunk = json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m-1",
                "choices": choices, "usage": usage});
            format!("data: {chunk}\n\n")
        };
        let body =
            [chunk("Be", &JsonValue::Null), chunk("cause.", &usage), "data: [DONE]\n\n".to_owned()].concat();
        return ([("content-type", "text/event-stream")], body).into_response();
    }
    let message = json!({"role": "assistant", "content": "Because.", "refusal": null});
    Json(json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m-1", "usage": usage,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": null}]}))
    .into_response()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_behind_an_endpoint_answers_whole_and_in_pieces() {
    let model = Server::start(Router::new().route("/v1/chat/completions", post(completions))).await;
    let collector = Collector::start().await;
    let (base, endpoint) =
        (format!("http://{}/v1", model.address()), format!("http://{}", collector.address()));
    let mut chat = Chat::start(&[
        ("OPENAI_BASE_URL", &base),
        ("OPENAI_MODEL", "m-1"),
        ("BASALT_OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
    ]);
    let whole = chat.ask("/chat", "", &question("Why is there a record?")).await;
    assert!(whole.text().contains("\"answer\":\"Because.\""), "{}", whole.text());
    let pieces = chat.ask("/chat/stream", "", &question("Why is there a record?")).await;
    assert!(
        pieces.text().starts_with("data: {\"text\":\"Be\"}\n\ndata: {\"text\":\"cause.\"}"),
        "{}",
        pieces.text()
    );
    chat.stop();

    let spans = collector.spans();
    let generations: Vec<_> = spans.iter().filter(|span| span.name == "answer").collect();
    assert_eq!(generations.len(), 2);
    for generation in generations {
        assert_eq!(text(generation, "gen_ai.request.model").as_deref(), Some("m-1"));
        assert_eq!(text(generation, "basalt.span.output").as_deref(), Some("Because."));
        assert_eq!(generation.attribute("gen_ai.usage.input_tokens"), Some(&Value::Int(12)));
        assert_eq!(generation.attribute("gen_ai.usage.output_tokens"), Some(&Value::Int(3)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_is_down_is_a_502_and_a_marked_generation() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let base = format!("http://{port}/v1");
    let mut chat = Chat::start(&[("OPENAI_BASE_URL", &base)]);
    let answer = chat.ask("/chat", "", &question("Why is there a record?")).await;
    assert_eq!(answer.status, 502);
    let printed = chat.stop();
    let generation = printed.lines().find(|line| line.contains("answer  generation")).unwrap();
    assert!(generation.contains("failed: the model gave no answer"), "{printed}");
    assert!(printed.lines().next().unwrap().contains("502"), "{printed}");
}
