//! Requests that mean no good: answered as without us, and paid for only as far as something is kept.

use std::{convert::Infallible, future};

use axum::{Router, body::Body, routing::get};
use basalt_tests::{
    client::Client,
    observed::{attribute, layered, observed},
    server::Server,
    wait,
};
use basalt_tower::{Basalt, BasaltLayer, HeaderIdentity, testing::Recorder};
use futures_util::FutureExt;
use http::{HeaderName, HeaderValue, Request, Response};
use tower::{Layer, Service, service_fn};

fn noise(headers: usize, length: usize) -> Request<()> {
    let mut request = Request::new(());
    for number in 0..headers {
        let name = HeaderName::try_from(format!("x-noise-{number}")).unwrap();
        let value = HeaderValue::from_bytes(&vec![0xfe; length]).unwrap();
        request.headers_mut().insert(name, value);
    }
    request
}

/// Bytes that this thread allocates on the way in and out of one request.
fn paid_for(request: Request<()>) -> u64 {
    let basalt = Basalt::builder().exporter(Recorder::new()).build().unwrap();
    let inner = service_fn(|_: Request<()>| future::ready(Ok::<_, Infallible>(Response::new(Body::empty()))));
    let layer = BasaltLayer::new(&basalt, "web").identity_from_headers(HeaderIdentity::default());
    let mut service = layer.layer(inner);
    let mut answer = |request| drop(service.call(request).now_or_never().unwrap().unwrap());
    answer(Request::new(()));
    allocation_counter::measure(|| answer(request)).bytes_total
}

#[test]
fn headers_that_are_not_kept_cost_nothing() {
    let quiet = paid_for(noise(0, 0));
    let loud = paid_for(noise(5_000, 1_000));
    assert_eq!(loud, quiet, "five megabytes came in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_context_and_identity_headers_change_no_answer() {
    let routes = Router::new().route("/", get(|| async { "ok" }));
    let (basalt, recorder, router) =
        layered(routes, |layer| layer.identity_from_headers(HeaderIdentity::default()));
    let server = Server::start(router).await;
    let long = "x".repeat(7_000);
    let hostile: Vec<Vec<u8>> = vec![
        b"traceparent: \xff\xfe".to_vec(),
        b"traceparent: 00-\xc3\xa9af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_vec(),
        format!("traceparent: {long}").into_bytes(),
        format!("tracestate: {long}={long}").into_bytes(),
        format!("x-user-id: {long}").into_bytes(),
        b"x-user-id: \xc3\x28".to_vec(),
        b"user-agent: \xf0\x9f".to_vec(),
        format!("baggage: {}", "k=v,".repeat(1_500)).into_bytes(),
        format!("host: {long}").into_bytes(),
        b"host: [::1".to_vec(),
        b"x-forwarded-for: 1.2.3.4, ,,, [::1]:99999999".to_vec(),
    ];
    for header in &hostile {
        let mut client = Client::connect(server.address()).await;
        let mut bytes = b"GET / HTTP/1.1\r\n".to_vec();
        if !header.starts_with(b"host") {
            bytes.extend(b"host: here\r\n");
        }
        bytes.extend(header);
        bytes.extend(b"\r\n\r\n");
        client.send(&bytes).await;
        let answer = client.answer("GET").await.unwrap();
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (200, "ok"),
            "{:?}",
            String::from_utf8_lossy(header)
        );
    }
    let spans = wait::for_spans(&basalt, &recorder, hostile.len()).await;
    assert_eq!(spans.len(), hostile.len());
    for span in &spans {
        assert_eq!(span.name, "GET /");
        assert_eq!(attribute(span, "basalt.user.id"), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_of_sixty_thousand_bytes_is_kept_within_the_limit_and_never_a_name() {
    let recorder = Recorder::new();
    let basalt = Basalt::builder().exporter(recorder.clone()).max_payload_bytes(1_000).build().unwrap();
    let router = Router::new().fallback(|| async { "fallback" }).layer(BasaltLayer::new(&basalt, "web"));
    let server = Server::start(router).await;
    let path = format!("/{}?{}", "p".repeat(30_000), "q".repeat(30_000));
    assert_eq!(Client::get(server.address(), &path).await.status, 200);
    let spans = wait::for_spans(&basalt, &recorder, 1).await;
    assert_eq!(spans[0].name, "GET");
    for key in ["url.path", "url.query"] {
        assert_eq!(attribute(&spans[0], key).unwrap().len(), 1_000);
        assert!(attribute(&spans[0], "basalt.truncated").unwrap().contains(key));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_request_leaves_no_span() {
    let (basalt, recorder, router) = observed(Router::new().route("/", get(|| async {})));
    let server = Server::start(router).await;
    for half in ["GET / HT", "GET / HTTP/1.1\r\nhost", "\0\0\0\r\n\r\n", "GET  / HTTP/9.9\r\n\r\n"] {
        let mut client = Client::connect(server.address()).await;
        client.send(half.as_bytes()).await;
        client.reset();
    }
    assert_eq!(Client::get(server.address(), "/").await.status, 200);
    wait::for_spans(&basalt, &recorder, 1).await;
    assert_eq!(recorder.spans().len(), 1);
}
