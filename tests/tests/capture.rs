//! Bodies and headers are captured as far as somebody has asked, and nobody notices.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, header},
    routing::{get, post},
};
use basalt_tests::{
    client::{Answer, Client},
    observed::{attribute, layered},
    server::Server,
    wait,
};
use basalt_tower::{Basalt, BasaltLayer, CaptureHttp, RequestSpan, testing::Recorder};
use bytes::Bytes;
use futures_util::stream;
use opentelemetry_sdk::trace::SpanData;

fn bodies(bytes: usize) -> CaptureHttp {
    CaptureHttp::default().request_body(bytes).response_body(bytes)
}

async fn echo(headers: HeaderMap, body: Bytes) -> (HeaderMap, Bytes) {
    let kept = [header::CONTENT_TYPE, header::CONTENT_ENCODING];
    (kept.iter().filter_map(|name| Some((name.clone(), headers.get(name)?.clone()))).collect(), body)
}

fn post_of(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: {}{headers}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// Sends one request to a router of one route, under these captures.
async fn exchange(router: Router, capture: CaptureHttp, request: &[u8]) -> (Answer, SpanData) {
    let (basalt, recorder, router) = layered(router, |layer| layer.capture(capture));
    let server = Server::start(router).await;
    let mut client = Client::connect(server.address()).await;
    client.send(request).await;
    let answer = client.answer("POST").await.unwrap();
    let mut spans = wait::for_spans(&basalt, &recorder, 1).await;
    (answer, spans.remove(0))
}

fn captured(span: &SpanData) -> [Option<String>; 3] {
    ["basalt.span.input", "basalt.span.output", "basalt.truncated"].map(|key| attribute(span, key))
}

fn echoing() -> Router {
    Router::new().route("/", post(echo))
}

#[tokio::test]
async fn text_is_kept_up_to_the_limit_and_passes_whole() {
    let body = "é".repeat(40);
    let request = post_of("\r\ncontent-type: text/plain; charset=utf-8", body.as_bytes());
    let (answer, span) = exchange(echoing(), bodies(9), &request).await;
    assert_eq!(answer.text(), body);
    let truncated = Some(r#"["basalt.span.input","basalt.span.output"]"#.to_owned());
    assert_eq!(captured(&span), [Some("éééé".to_owned()), Some("éééé".to_owned()), truncated]);
}

#[tokio::test]
async fn what_is_no_text_is_not_kept() {
    for headers in [
        "\r\ncontent-type: image/png",
        "\r\ncontent-type: text/plain\r\ncontent-encoding: gzip",
        "\r\ncontent-type: multipart/form-data; boundary=b",
    ] {
        let (answer, span) = exchange(echoing(), bodies(64), &post_of(headers, b"hello")).await;
        assert_eq!(answer.text(), "hello");
        assert_eq!(captured(&span), [None, None, None], "{headers}");
    }
    let (answer, span) =
        exchange(echoing(), bodies(64), &post_of("\r\ncontent-type: text/plain", b"a\xff\xfeb")).await;
    assert_eq!(answer.body, b"a\xff\xfeb");
    assert_eq!(captured(&span), [None, None, None]);
}

#[tokio::test]
async fn a_body_that_nobody_reads_is_not_kept() {
    let router = Router::new().route("/", post(|| async { "unread" }));
    let (_, span) = exchange(router, bodies(64), &post_of("", b"hello")).await;
    assert_eq!(captured(&span), [None, Some("unread".to_owned()), None]);
}

#[tokio::test]
async fn what_a_handler_says_itself_stands() {
    let router = Router::new().route(
        "/",
        post(|request: RequestSpan, body: String| async move {
            request.set_input("a question");
            request.set_output("an answer");
            body
        }),
    );
    let (_, span) = exchange(router, bodies(64), &post_of("", b"hello")).await;
    assert_eq!(captured(&span), [Some("a question".to_owned()), Some("an answer".to_owned()), None]);
}

#[tokio::test]
async fn an_answer_that_its_client_leaves_is_kept_as_far_as_it_came() {
    let router = Router::new().route(
        "/",
        get(|| async {
            use futures_util::StreamExt;
            Body::from_stream(
                stream::iter([Ok::<_, std::convert::Infallible>("first")]).chain(stream::pending()),
            )
        }),
    );
    let (basalt, recorder, router) = layered(router, |layer| layer.capture(bodies(64)));
    let server = Server::start(router).await;
    let mut client = Client::connect(server.address()).await;
    client.send(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n").await;
    client.head().await.unwrap();
    client.chunk().await.unwrap();
    client.reset();
    let spans = wait::for_spans(&basalt, &recorder, 1).await;
    assert_eq!(captured(&spans[0]), [None, Some("first".to_owned()), None]);
}

#[tokio::test]
async fn the_switch_for_content_and_the_limit_of_payloads_count_more() {
    for (content, kept) in [(false, None), (true, Some("hel".to_owned()))] {
        let recorder = Recorder::new();
        let builder =
            Basalt::builder().exporter(recorder.clone()).trace_content(content).max_payload_bytes(3);
        let basalt = builder.build().unwrap();
        let layer = BasaltLayer::new(&basalt, "web").capture(bodies(64));
        let server = Server::start(echoing().layer(layer)).await;
        let mut client = Client::connect(server.address()).await;
        client.send(&post_of("\r\ncontent-type: text/plain", b"hello")).await;
        assert_eq!(client.answer("POST").await.unwrap().text(), "hello");
        let spans = wait::for_spans(&basalt, &recorder, 1).await;
        let [input, output, _] = captured(&spans[0]);
        assert_eq!([input, output], [kept.clone(), kept]);
    }
}

#[tokio::test]
async fn secret_headers_and_parameters_are_masked() {
    let capture = CaptureHttp::default()
        .request_headers(["X-Tenant", "authorization", "cookie", "x-auth-token", "not a header"])
        .secret_parameters(["code"]);
    let (basalt, recorder, router) =
        layered(Router::new().route("/", get(|| async {})), |layer| layer.capture(capture));
    let server = Server::start(router).await;
    let mut client = Client::connect(server.address()).await;
    let secrets =
        "authorization: Bearer s3cret\r\ncookie: a=s3cret\r\ncookie: b=s3cret\r\nx-auth-token: s3cret";
    let head =
        format!("GET /?code=s3cret&q=1&sig=s3cret HTTP/1.1\r\nhost: h\r\nx-tenant: a\r\n{secrets}\r\n\r\n");
    client.send(head.as_bytes()).await;
    client.answer("GET").await.unwrap();
    let spans = wait::for_spans(&basalt, &recorder, 1).await;
    assert!(!format!("{spans:?}").contains("s3cret"));
    assert_eq!(attribute(&spans[0], "url.query").as_deref(), Some("code=REDACTED&q=1&sig=REDACTED"));
    assert_eq!(attribute(&spans[0], "http.request.header.x-tenant").as_deref(), Some("[\"a\"]"));
    assert_eq!(attribute(&spans[0], "http.request.header.cookie").as_deref(), Some("[\"[redacted]\"]"));
}
