//! The span of a request lasts as long as its answer.

use std::{
    convert::Infallible,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    response::{IntoResponse, Sse, sse::Event},
    routing::get,
};
use basalt_tests::{
    client::Client,
    observed::{attribute, named, observed},
    server::Server,
    wait,
};
use basalt_tower::{Observe, RequestSpan, observe};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Response, header};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_span_ends_with_the_last_byte_and_not_before() {
    let (chunks, receiver) = mpsc::channel::<Result<Bytes, Infallible>>(1);
    let receiver = Arc::new(Mutex::new(Some(receiver)));
    let router = Router::new().route(
        "/stream",
        get(move || {
            let stream = ReceiverStream::new(receiver.lock().unwrap().take().unwrap());
            async { Body::from_stream(stream) }
        }),
    );
    let (basalt, recorder, router) = observed(router);
    let server = Server::start(router).await;
    let mut client = Client::connect(server.address()).await;
    client.send(b"GET /stream HTTP/1.1\r\nhost: here\r\n\r\n").await;

    chunks.send(Ok("one".into())).await.unwrap();
    client.head().await.unwrap();
    assert_eq!(client.chunk().await.unwrap().unwrap(), b"one");
    basalt.flush(Duration::from_secs(10)).await.unwrap();
    assert!(recorder.spans().is_empty(), "the answer is still being sent");

    chunks.send(Ok("two".into())).await.unwrap();
    drop(chunks);
    assert_eq!(client.chunk().await.unwrap().unwrap(), b"two");
    assert_eq!(client.chunk().await.unwrap(), None);
    let spans = wait::for_spans(&basalt, &recorder, 1).await;
    assert_eq!(attribute(&spans[0], "http.response.status_code").as_deref(), Some("200"));
    assert_eq!(attribute(&spans[0], "basalt.http.outcome"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spans_opened_while_an_answer_streams_are_children_of_the_request() {
    let router = Router::new().route(
        "/events",
        get(|request: RequestSpan| async move {
            let generation = observe::generation("answer").start();
            let tokens = stream::iter(["a", "b"]).then(|token| async move {
                observe::observe("token").run(|span| async move { span.set_output(token) }).await;
                Ok::<_, Infallible>(Event::default().data(token))
            });
            request.set_metadata(serde_json::json!({"streamed": true}));
            Sse::new(tokens.observed(&generation))
        }),
    );
    let (basalt, recorder, router) = observed(router);
    let server = Server::start(router).await;
    let answer = Client::get(server.address(), "/events").await;
    assert_eq!(answer.text(), "data: a\n\ndata: b\n\n");

    let spans = wait::for_spans(&basalt, &recorder, 4).await;
    let (root, generation) = (named(&spans, "GET /events"), named(&spans, "answer"));
    assert_eq!(generation.parent_span_id, root.span_context.span_id());
    for token in spans.iter().filter(|span| span.name == "token") {
        assert_eq!(token.parent_span_id, generation.span_context.span_id());
    }
    assert_eq!(spans.last().unwrap().name, "GET /events", "the root ends last");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_whose_length_was_announced_is_complete_with_its_last_byte() {
    // The server stops polling at the announced length and drops the body with its end unseen.
    let router = Router::new().route(
        "/announced",
        get(|| async {
            let stream = stream::iter([Ok::<_, Infallible>("12345")]).chain(stream::pending());
            ([(header::CONTENT_LENGTH, "5")], Body::from_stream(stream))
        }),
    );
    let (basalt, recorder, router) = observed(router);
    let server = Server::start(router).await;
    assert_eq!(Client::get(server.address(), "/announced").await.text(), "12345");
    let spans = wait::for_spans(&basalt, &recorder, 1).await;
    assert_eq!(attribute(&spans[0], "basalt.http.outcome"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_fails_half_way_marks_the_span() {
    let router = Router::new().route(
        "/broken",
        get(|| async {
            let stream = stream::iter([Ok("one"), Err(io::Error::other("the disk is gone"))]);
            Body::from_stream(stream)
        }),
    );
    let (basalt, recorder, router) = observed(router);
    let server = Server::start(router).await;
    let mut client = Client::connect(server.address()).await;
    client.send(b"GET /broken HTTP/1.1\r\nhost: here\r\n\r\n").await;
    assert!(client.answer("GET").await.is_err(), "the client sees a broken answer");

    let spans = wait::for_spans(&basalt, &recorder, 1).await;
    assert_eq!(attribute(&spans[0], "basalt.http.outcome").as_deref(), Some("body_error"));
    assert!(attribute(&spans[0], "error.type").is_some());
    assert!(format!("{:?}", spans[0].status).contains("the disk is gone"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_without_a_body_are_complete_when_they_are_made() {
    async fn empty() -> Response<Body> {
        Response::new(Body::empty())
    }
    let router = Router::new()
        .route("/empty", get(empty))
        .route("/no-content", get(|| async { http::StatusCode::NO_CONTENT }))
        .route("/not-modified", get(|| async { http::StatusCode::NOT_MODIFIED }))
        .route("/bytes", get(|| async { "bytes" }));
    let (basalt, recorder, router) = observed(router);
    let server = Server::start(router).await;
    for path in ["/empty", "/no-content", "/not-modified"] {
        Client::get(server.address(), path).await;
    }
    let mut client = Client::connect(server.address()).await;
    client.send(b"HEAD /bytes HTTP/1.1\r\nhost: here\r\n\r\n").await;
    assert_eq!(client.answer("HEAD").await.unwrap().header("content-length"), Some("5"));

    let spans = wait::for_spans(&basalt, &recorder, 4).await;
    assert_eq!(spans.len(), 4);
    for span in &spans {
        assert_eq!(attribute(span, "basalt.http.outcome"), None, "{}", span.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_ends_the_span_of_the_handshake_and_leaves_the_handle_usable() {
    let (handles, mut handle) = mpsc::channel(1);
    let router = Router::new().route(
        "/socket",
        get(move |request: RequestSpan| {
            let handles = handles.clone();
            async move {
                handles.send(request).await.unwrap();
                (http::StatusCode::SWITCHING_PROTOCOLS, [(header::UPGRADE, "test")]).into_response()
            }
        }),
    );
    let (basalt, recorder, router) = observed(router);
    let server = Server::start(router).await;
    let mut client = Client::connect(server.address()).await;
    client.send(b"GET /socket HTTP/1.1\r\nhost: here\r\nconnection: upgrade\r\nupgrade: test\r\n\r\n").await;
    assert_eq!(client.answer("GET").await.unwrap().status, 101);

    let spans = wait::for_spans(&basalt, &recorder, 1).await;
    assert_eq!(attribute(&spans[0], "basalt.http.outcome").as_deref(), Some("upgraded"));
    handle.recv().await.unwrap().child("turn").start().end();
    let spans = wait::for_spans(&basalt, &recorder, 2).await;
    assert_eq!(spans[1].parent_span_id, spans[0].span_context.span_id());
}

/// Tells the request what it has heard, when the stream that holds it is dropped.
struct Transcript(String, RequestSpan);

impl Drop for Transcript {
    fn drop(&mut self) {
        self.1.set_output(&self.0);
        observe::observe("goodbye").start().end();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_stream_says_as_it_is_dropped_at_its_end_still_reaches_the_request() {
    let router = Router::new().route(
        "/said",
        get(|request: RequestSpan| async move {
            let mut transcript = Transcript(String::new(), request);
            Body::from_stream(stream::iter(["a", "b"]).map(move |token| {
                transcript.0.push_str(token);
                Ok::<_, Infallible>(token)
            }))
        }),
    );
    let (basalt, recorder, router) = observed(router);
    let server = Server::start(router).await;
    assert_eq!(Client::get(server.address(), "/said").await.text(), "ab");

    let spans = wait::for_spans(&basalt, &recorder, 2).await;
    let (root, goodbye) = (named(&spans, "GET /said"), named(&spans, "goodbye"));
    assert_eq!(attribute(root, "basalt.span.output").as_deref(), Some("ab"));
    assert_eq!(goodbye.parent_span_id, root.span_context.span_id());
}
