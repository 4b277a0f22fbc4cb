//! Clients that go away: every span ends, once, and says why.

use std::{convert::Infallible, future, sync::Arc, time::Duration};

use axum::{Router, body::Body, routing::get};
use basalt_tests::{
    client::Client,
    endless::{endless, leave_mid_stream},
    observed::{attribute, layered, named, observed, recording},
    server::Server,
    wait,
};
use basalt_tower::{BasaltLayer, RequestSpan, observe, opentelemetry::trace::Status};
use http::{Request, Response};
use tokio::sync::Notify;
use tower::{Layer, Service, service_fn};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_leaves_before_the_answer_ends_the_span_and_the_work_below_it() {
    let working = Arc::new(Notify::new());
    let begun = Arc::clone(&working);
    let work = move || {
        let begun = Arc::clone(&begun);
        observe::observe("work").run(|_| async move {
            begun.notify_one();
            future::pending::<()>().await;
        })
    };
    let (basalt, recorder, router) = observed(Router::new().route("/slow", get(work)));
    let server = Server::start(router).await;
    let mut client = Client::connect(server.address()).await;
    client.send(b"GET /slow HTTP/1.1\r\nhost: here\r\n\r\n").await;
    working.notified().await;
    client.reset();

    let spans = wait::for_spans(&basalt, &recorder, 2).await;
    let root = named(&spans, "GET /slow");
    assert_eq!(attribute(root, "basalt.http.outcome").as_deref(), Some("cancelled"));
    assert_eq!(attribute(root, "http.response.status_code"), None);
    assert_eq!(root.status, Status::Unset);
    assert_eq!(attribute(named(&spans, "work"), "basalt.span.cancelled").as_deref(), Some("true"));
}

#[tokio::test]
async fn a_response_future_that_is_dropped_ends_the_span_polled_or_not() {
    let (basalt, recorder) = recording();
    let inner = service_fn(|_: Request<()>| async {
        observe::observe("work").run(|_| future::pending::<()>()).await;
        Ok::<_, Infallible>(Response::new(Body::empty()))
    });
    let mut service = BasaltLayer::new(&basalt, "web").layer(inner);

    drop(service.call(Request::new(())));
    let mut polled = Box::pin(service.call(Request::new(())));
    assert!(futures_util::poll!(polled.as_mut()).is_pending());
    drop(polled);

    basalt.flush(Duration::from_secs(10)).await.unwrap();
    let spans = recorder.spans();
    let names: Vec<_> = spans.iter().map(|span| span.name.as_ref()).collect();
    assert_eq!(names, ["GET", "work", "GET"], "the work ends before its request");
    assert_eq!(attribute(&spans[1], "basalt.span.cancelled").as_deref(), Some("true"));
    for root in [&spans[0], &spans[2]] {
        assert_eq!(attribute(root, "basalt.http.outcome").as_deref(), Some("cancelled"));
    }
}

#[tokio::test]
async fn a_handle_that_outlives_its_request_neither_keeps_the_span_open_nor_loses_its_children() {
    let (kept, mut keeper) = tokio::sync::mpsc::channel(1);
    let (basalt, recorder, router) =
        observed(Router::new().route(
            "/keep",
            get(move |request: RequestSpan| async move { kept.send(request).await.unwrap() }),
        ));
    let server = Server::start(router).await;
    Client::get(server.address(), "/keep").await;
    let request = keeper.recv().await.unwrap();
    wait::for_spans(&basalt, &recorder, 1).await;

    request.set_input("too late");
    request.child("late").start().end();
    let spans = wait::for_spans(&basalt, &recorder, 2).await;
    assert_eq!(attribute(&spans[0], "basalt.span.input"), None);
    assert_eq!(named(&spans, "late").parent_span_id, spans[0].span_context.span_id());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_count_disconnects_as_errors_get_them_as_errors() {
    let routes = Router::new().route("/endless", get(endless));
    let (basalt, recorder, router) = layered(routes, |layer| layer.disconnects_are_errors(true));
    let server = Server::start(router).await;
    leave_mid_stream(&server).await;
    let spans = wait::for_spans(&basalt, &recorder, 2).await;
    let root = named(&spans, "GET /endless");
    assert_eq!(attribute(root, "error.type").as_deref(), Some("client_disconnected"));
    assert!(matches!(root.status, Status::Error { .. }));
}
