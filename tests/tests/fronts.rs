//! What a handler gets, under axum and without it.

use std::{convert::Infallible, net::SocketAddr};

use axum::{Router, routing::get};
use basalt_tests::{
    client::Client,
    observed::{attribute, layered, named, observed, recording},
    server::Server,
    wait,
};
use basalt_tower::{BasaltLayer, RequestSpan, observe};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tower::{Layer, ServiceExt};

#[tokio::test]
async fn a_handler_without_the_layer_is_told_the_cure() {
    let router = Router::new()
        .route("/", get(|_: RequestSpan| async {}))
        .route("/optional", get(|request: Option<RequestSpan>| async move { request.is_none().to_string() }));
    let server = Server::start(router).await;
    let answer = Client::get(server.address(), "/").await;
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains("BasaltLayer::new"), "{}", answer.text());
    assert_eq!(Client::get(server.address(), "/optional").await.text(), "true");
}

#[tokio::test]
async fn an_excluded_request_gets_a_handle_that_does_nothing() {
    let handler = |request: RequestSpan| async move {
        request.set_input("x");
        request.child("step").start().end();
        observe::observe("step").run(|span| async move { span.is_recording() }).await.to_string()
    };
    let routes = Router::new().route("/health", get(handler)).route("/", get(|| async {}));
    let (basalt, recorder, router) = layered(routes, |layer| layer.exclude(["/health"]));
    let server = Server::start(router).await;
    assert_eq!(Client::get(server.address(), "/health").await.text(), "false");
    Client::get(server.address(), "/").await;
    let spans = wait::for_spans(&basalt, &recorder, 1).await;
    assert_eq!(spans.iter().map(|span| span.name.as_ref()).collect::<Vec<_>>(), ["GET /"]);
}

#[tokio::test]
async fn nested_routers_are_known_by_their_whole_route() {
    let inner = Router::new().route("/users/{id}", get(|| async {}));
    let (basalt, recorder, router) = observed(Router::new().nest("/api", inner));
    let server = Server::start(router).await;
    Client::get(server.address(), "/api/users/7").await;
    let spans = wait::for_spans(&basalt, &recorder, 1).await;
    assert_eq!(spans[0].name, "GET /api/users/{id}");
}

#[tokio::test]
async fn around_a_router_the_method_is_the_name_unless_somebody_says_the_route() {
    let (basalt, recorder) = recording();
    let routes = Router::new()
        .route("/plain/{id}", get(|| async {}))
        .route("/told/{id}", get(|request: RequestSpan| async move { request.set_route("/told/{id}") }));
    let service = BasaltLayer::new(&basalt, "web").layer(routes);
    for path in ["/plain/7", "/told/7"] {
        let request = Request::get(path).body(axum::body::Body::empty()).unwrap();
        service.clone().oneshot(request).await.unwrap();
    }
    let spans = wait::for_spans(&basalt, &recorder, 2).await;
    assert_eq!(spans[0].name, "GET");
    assert_eq!(spans[1].name, "GET /told/{id}");
    assert_eq!(attribute(&spans[1], "http.route").as_deref(), Some("/told/{id}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_hyper_is_observed_as_well() {
    let (basalt, recorder) = recording();
    let handler = tower::service_fn(|request: Request<Incoming>| async move {
        let span = request.extensions().get::<RequestSpan>().unwrap();
        span.set_route("/echo");
        span.set_identity("u-1");
        observe::observe("step").run(|_| async {}).await;
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"hello"))))
    });
    let service = BasaltLayer::new(&basalt, "plain").layer(handler);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, peer): (_, SocketAddr) = listener.accept().await.unwrap();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            service.clone().oneshot(request)
        });
        http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.unwrap();
    });
    let mut client = Client::connect(address).await;
    client.send(b"GET /echo?x=1 HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").await;
    assert_eq!(client.answer("GET").await.unwrap().text(), "hello");

    let spans = wait::for_spans(&basalt, &recorder, 2).await;
    let root = named(&spans, "GET /echo");
    assert_eq!(attribute(root, "client.address").as_deref(), Some("127.0.0.1"));
    assert_eq!(attribute(root, "url.query").as_deref(), Some("x=1"));
    assert_eq!(attribute(root, "basalt.user.id").as_deref(), Some("u-1"));
    assert_eq!(named(&spans, "step").parent_span_id, root.span_context.span_id());
}

#[tokio::test]
async fn a_service_that_fails_without_an_answer_marks_the_span_with_its_errors_type() {
    let (basalt, recorder) = recording();
    let failing = tower::service_fn(|_: Request<()>| async {
        Err::<Response<Full<Bytes>>, _>(std::io::Error::other("no backend"))
    });
    let service = BasaltLayer::new(&basalt, "web").layer(failing);
    let error = service.oneshot(Request::new(())).await.unwrap_err();
    assert_eq!(error.to_string(), "no backend", "the error goes on as it is");
    let spans = wait::for_spans(&basalt, &recorder, 1).await;
    assert_eq!(attribute(&spans[0], "basalt.http.outcome").as_deref(), Some("service_error"));
    assert_eq!(attribute(&spans[0], "error.type").as_deref(), Some("std::io::error::Error"));
}
