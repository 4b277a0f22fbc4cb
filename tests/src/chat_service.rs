//! What the chat service of the examples does, on whatever framework it stands.

use std::sync::Arc;

use axum::{Json, Router, response::IntoResponse, routing::post};
use serde_json::{Value as JsonValue, json};
use tokio::{net::TcpStream, sync::Notify};

use crate::{
    client::Client,
    collector::{
        Collector,
        proto::{Span, Value},
    },
    port::Port,
    program::Program,
    server::Server,
    wait,
};

/// One of the services.
#[derive(Debug, Clone, Copy)]
pub struct ChatService {
    /// What it calls itself.
    pub name: &'static str,
    /// Its program.
    pub path: &'static str,
}

/// What a question to `/chat/stream` leaves on its spans, by key; `…` is anything.
type Said = &'static [(&'static str, &'static str)];

const SEARCH: Said = &[
    ("basalt.in_trace", "true"),
    ("basalt.retrieval.query", "What is a record?"),
    ("basalt.retrieval.results.count", "4"),
    ("basalt.retrieval.top_k", "4"),
    ("basalt.span.feature_slug", "docs-chat"),
    ("basalt.span.input", "What is a record?"),
    ("basalt.span.kind", "retrieval"),
    ("basalt.span.output", "…"),
    ("basalt.span.should_evaluate", "false"),
    ("basalt.trace", "true"),
    ("basalt.user.id", "u-1"),
];

const ANSWER: Said = &[
    ("basalt.in_trace", "true"),
    ("basalt.span.feature_slug", "docs-chat"),
    ("basalt.span.input", "…"),
    ("basalt.span.kind", "generation"),
    ("basalt.span.output", "…"),
    ("basalt.span.should_evaluate", "false"),
    ("basalt.stream.chunks", "…"),
    ("basalt.trace", "true"),
    ("basalt.user.id", "u-1"),
    ("gen_ai.input.messages", "…"),
    ("gen_ai.operation.name", "chat"),
    ("gen_ai.output.messages", "…"),
    ("gen_ai.provider.name", "local"),
    ("gen_ai.request.model", "extractive"),
    ("gen_ai.request.stream", "true"),
    ("gen_ai.response.time_to_first_chunk", "…"),
];

const ROOT: Said = &[
    ("basalt.in_trace", "true"),
    ("basalt.metadata", "…"),
    ("basalt.root", "true"),
    ("basalt.span.feature_slug", "docs-chat"),
    ("basalt.span.input", "What is a record?"),
    ("basalt.span.kind", "basalt_trace"),
    ("basalt.span.output", "…"),
    ("basalt.span.should_evaluate", "false"),
    ("basalt.user.id", "u-1"),
    ("client.address", "127.0.0.1"),
    ("http.request.method", "POST"),
    ("http.response.status_code", "200"),
    ("http.route", "/chat/stream"),
    ("network.peer.address", "127.0.0.1"),
    ("network.peer.port", "…"),
    ("network.protocol.version", "1.1"),
    ("server.address", "here"),
    ("url.path", "/chat/stream"),
    ("url.scheme", "http"),
];

fn question(text: &str) -> JsonValue {
    json!({ "question": text })
}

impl ChatService {
    fn start(self, variables: &[(&str, &str)]) -> Program {
        Program::start(self.path, variables)
    }

    /// Without an account, a question prints a tree of three spans.
    pub async fn prints_a_tree_of_three_spans(self) {
        let chat = self.start(&[]);
        let who = "x-user-id: u-1\r\nx-user-name: Ada\r\nx-organization-id: o-1\r\n";
        let answer = chat.post("/chat", who, &question("When does the span of a request end?")).await;
        assert_eq!(answer.status, 200);
        let body: JsonValue = serde_json::from_slice(&answer.body).unwrap();
        assert!(body["answer"].as_str().unwrap().to_lowercase().contains("last byte"), "{body}");
        assert!(body["sources"].as_array().unwrap().contains(&json!("requests.md")), "{body}");
        assert_eq!(Client::get(chat.address(), "/health").await.text(), "ok");

        let printed = chat.stop();
        let lines: Vec<_> = printed.lines().collect();
        assert_eq!(lines.len(), 3, "one tree, and none for /health:\n{printed}");
        assert!(lines[0].starts_with("POST /chat  docs-chat  "), "{printed}");
        for part in ["200", "user u-1 (Ada)", "org o-1", "trace "] {
            assert!(lines[0].contains(part), "{printed}");
        }
        assert!(lines[1].starts_with("├─ search  retrieval  ") && lines[1].contains(" results"), "{printed}");
        assert!(
            lines[2].starts_with("└─ answer  generation  ") && lines[2].contains("extractive"),
            "{printed}"
        );
        assert!(!printed.contains('\u{1b}'), "plain where it is no terminal");
    }

    /// The same three spans reach a collector, by gRPC and by HTTP, and they are the same whatever the framework.
    pub async fn sends_the_same_three_spans_by_grpc_and_by_http(self) {
        for protocol in ["grpc", "http/protobuf"] {
            let collector = Collector::start().await;
            let endpoint = format!("http://{}", collector.address());
            let chat = self.start(&[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("BASALT_API_KEY", "k-1"),
            ]);
            let answer =
                chat.post("/chat/stream", "x-user-id: u-1\r\n", &question("What is a record?")).await;
            assert_eq!(answer.header("content-type"), Some("text/event-stream"));
            assert_eq!(answer.header("cache-control"), Some("no-cache"));
            assert!(answer.text().matches("data: {\"text\":").count() > 3);
            assert_eq!(chat.stop(), "", "nothing but the first line is printed");

            let spans = collector.spans();
            let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
            assert_eq!(names, ["search", "answer", "POST /chat/stream"], "{protocol}");
            let root = &spans[2];
            assert!(spans[..2].iter().all(|span| span.parent_span_id == root.span_id));
            for (span, expected) in spans.iter().zip([SEARCH, ANSWER, ROOT]) {
                assert_said(span, expected);
            }
            assert_eq!(text(root, "basalt.span.output"), text(&spans[1], "basalt.span.output"));
            let metadata = json!({ "example": self.name }).to_string();
            assert_eq!(text(root, "basalt.metadata"), Some(metadata));
            for batch in collector.batches() {
                assert_eq!(batch.headers["authorization"], "Bearer k-1");
            }
        }
    }

    /// A model behind an endpoint answers whole and in pieces.
    pub async fn asks_a_model_behind_an_endpoint(self) {
        let model = Server::start(Router::new().route("/v1/chat/completions", post(completions))).await;
        let collector = Collector::start().await;
        let (base, endpoint) =
            (format!("http://{}/v1", model.address()), format!("http://{}", collector.address()));
        let chat = self.start(&[
            ("OPENAI_BASE_URL", &base),
            ("OPENAI_MODEL", "m-1"),
            ("BASALT_OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        ]);
        let whole = chat.post("/chat", "", &question("Why is there a record?")).await;
        assert!(whole.text().contains("\"answer\":\"Because.\""), "{}", whole.text());
        let pieces = chat.post("/chat/stream", "", &question("Why is there a record?")).await;
        assert!(
            pieces.text().starts_with("data: {\"text\":\"Be\"}\n\ndata: {\"text\":\"cause.\"}\n\n"),
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

    /// A question that has begun is answered after Ctrl-C, and leaves its spans.
    pub async fn answers_what_has_begun_before_it_stops(self) {
        let (asked, answer) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (begun, allowed) = (Arc::clone(&asked), Arc::clone(&answer));
        let slow = post(async move |request: Json<JsonValue>| {
            begun.notify_one();
            allowed.notified().await;
            completions(request).await
        });
        let model = Server::start(Router::new().route("/v1/chat/completions", slow)).await;
        let base = format!("http://{}/v1", model.address());
        let mut chat = self.start(&[("OPENAI_BASE_URL", &base)]);
        let question = question("Why is there a record?");
        let stopped = async {
            asked.notified().await;
            chat.interrupt();
            let refused = || async { TcpStream::connect(chat.address()).await.err() };
            wait::until("a closed door", refused).await;
            answer.notify_one();
        };
        let (whole, ()) = tokio::join!(chat.post("/chat", "", &question), stopped);
        assert!(whole.text().contains("\"answer\":\"Because.\""), "{}", whole.text());
        let printed = chat.printed();
        assert!(printed.starts_with("POST /chat  docs-chat  ") && printed.contains("200"), "{printed}");
    }

    /// A model that is down is a 502 and a marked generation.
    pub async fn answers_502_when_the_model_is_down(self) {
        let port = Port::reserve();
        let base = format!("http://{}/v1", port.address());
        let chat = self.start(&[("OPENAI_BASE_URL", &base)]);
        let answer = chat.post("/chat", "", &question("Why is there a record?")).await;
        assert_eq!(answer.status, 502);
        assert!(answer.text().starts_with("{\"error\":\"the model gave no answer: "), "{}", answer.text());
        let printed = chat.stop();
        let generation = printed.lines().find(|line| line.contains("answer  generation")).unwrap();
        assert!(generation.contains("failed: the model gave no answer"), "{printed}");
        assert!(printed.lines().next().unwrap().contains("502"), "{printed}");
    }
}

fn assert_said(span: &Span, expected: Said) {
    let mut keys: Vec<_> = span.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
    keys.sort_unstable();
    assert_eq!(keys, expected.iter().map(|(key, _)| *key).collect::<Vec<_>>(), "{}", span.name);
    for (key, value) in expected.iter().filter(|(_, value)| *value != "…") {
        let said = span.attribute(key).map(|said| match said {
            Value::String(text) => text.clone(),
            Value::Bool(yes) => yes.to_string(),
            Value::Int(number) => number.to_string(),
            other => format!("{other:?}"),
        });
        assert_eq!(said.as_deref(), Some(*value), "{key} of {}", span.name);
    }
}

fn text(span: &Span, key: &str) -> Option<String> {
    match span.attribute(key) {
        Some(Value::String(text)) => Some(text.clone()),
        _ => None,
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

/// The tests of a chat example, whatever its framework.
#[macro_export]
macro_rules! chat_service_tests {
    ($service:expr) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn without_an_account_a_question_prints_a_tree_of_three_spans() {
            $service.prints_a_tree_of_three_spans().await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn the_same_three_spans_reach_a_collector_by_grpc_and_by_http() {
            $service.sends_the_same_three_spans_by_grpc_and_by_http().await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn a_model_behind_an_endpoint_answers_whole_and_in_pieces() {
            $service.asks_a_model_behind_an_endpoint().await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn a_model_that_is_down_is_a_502_and_a_marked_generation() {
            $service.answers_502_when_the_model_is_down().await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn ctrl_c_answers_what_has_begun() {
            $service.answers_what_has_begun_before_it_stops().await;
        }
    };
}
