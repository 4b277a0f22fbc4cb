//! Panics are recorded, and go on as if nobody had looked.

use std::{
    convert::Infallible,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use axum::{Router, body::Body, routing::get};
use basalt_tests::{
    client::Client,
    observed::{attribute, named, observed, recording},
    server::Server,
    wait,
};
use basalt_tower::{BasaltLayer, observe, opentelemetry::trace::Status};
use futures_util::{FutureExt, stream};
use http::{Request, Response};
use opentelemetry_sdk::trace::SpanData;
use tower::{Layer, Service, service_fn};
use tower_http::catch_panic::CatchPanicLayer;

fn assert_panicked(span: &SpanData, message: &str) {
    assert_eq!(span.status, Status::error(format!("panic: {message}")));
    let exceptions: Vec<_> = span.events.iter().filter(|event| event.name == "exception").collect();
    assert_eq!(exceptions.len(), 1);
    let said = exceptions[0].attributes.iter().find(|said| said.key.as_str() == "exception.message");
    assert_eq!(said.unwrap().value.as_str(), message);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_ends_the_span_and_reaches_the_handler_outside() {
    let handler = || async {
        if true {
            panic!("kaboom");
        }
    };
    let (basalt, recorder, router) = observed(Router::new().route("/panic", get(handler)));
    let server = Server::start(router.layer(CatchPanicLayer::new())).await;
    assert_eq!(Client::get(server.address(), "/panic").await.status, 500, "answered by the layer outside");

    let spans = wait::for_spans(&basalt, &recorder, 1).await;
    assert_eq!(spans.len(), 1);
    assert_panicked(&spans[0], "kaboom");
    assert_eq!(attribute(&spans[0], "error.type").as_deref(), Some("panic"));
    assert_eq!(attribute(&spans[0], "basalt.http.outcome").as_deref(), Some("panicked"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_that_a_layer_inside_has_answered_is_an_ordinary_500() {
    let handler = || async {
        if true {
            panic!("kaboom");
        }
    };
    let routes = Router::new().route("/panic", get(handler)).layer(CatchPanicLayer::new());
    let (basalt, recorder, router) = observed(routes);
    let server = Server::start(router).await;
    assert_eq!(Client::get(server.address(), "/panic").await.status, 500);
    let spans = wait::for_spans(&basalt, &recorder, 1).await;
    assert_eq!(attribute(&spans[0], "error.type").as_deref(), Some("500"));
    assert_eq!(attribute(&spans[0], "basalt.http.outcome"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_panics_ends_the_span() {
    let handler = || async {
        Body::from_stream(stream::once(async {
            if true {
                panic!("half way");
            }
            Ok::<_, Infallible>("never")
        }))
    };
    let (basalt, recorder, router) = observed(Router::new().route("/panic", get(handler)));
    let server = Server::start(router).await;
    let mut client = Client::connect(server.address()).await;
    client.send(b"GET /panic HTTP/1.1\r\nhost: here\r\n\r\n").await;
    assert!(client.answer("GET").await.is_err());

    let spans = wait::for_spans(&basalt, &recorder, 1).await;
    assert_panicked(&spans[0], "half way");
    assert_eq!(attribute(&spans[0], "http.response.status_code").as_deref(), Some("200"));
}

#[tokio::test]
async fn a_service_that_panics_before_it_has_a_future_ends_the_span() {
    let (basalt, recorder) = recording();
    let inner = service_fn(|request: Request<()>| {
        assert!(request.uri().path() != "/", "at once");
        async { Ok::<_, Infallible>(Response::new(Body::empty())) }
    });
    let mut service = BasaltLayer::new(&basalt, "web").layer(inner);
    let called = catch_unwind(AssertUnwindSafe(|| drop(service.call(Request::new(())))));
    assert!(called.is_err());

    basalt.flush(Duration::from_secs(10)).await.unwrap();
    let spans = recorder.spans();
    assert_eq!(spans.len(), 1);
    assert_panicked(&spans[0], "at once");
}

#[tokio::test]
async fn a_step_that_panics_marks_itself_and_every_span_it_leaves() {
    let (basalt, recorder) = recording();
    let work = basalt.start_observe("jobs", "job").run(|_| async {
        observe::observe("step")
            .run(|_| async {
                if true {
                    panic!("oh no");
                }
            })
            .await;
    });
    assert!(AssertUnwindSafe(work).catch_unwind().await.is_err());

    basalt.flush(Duration::from_secs(10)).await.unwrap();
    let spans = recorder.spans();
    assert_eq!(spans.len(), 2);
    for name in ["step", "job"] {
        assert_panicked(named(&spans, name), "oh no");
        assert_eq!(attribute(named(&spans, name), "basalt.span.cancelled"), None);
    }
}

#[test]
fn a_sync_step_that_panics_marks_itself() {
    let (basalt, recorder) = recording();
    let root = basalt.start_observe("jobs", "job").start();
    let step = root.child("step");
    let panicked = catch_unwind(AssertUnwindSafe(|| step.in_scope(|_| panic!("oh no"))));
    assert!(panicked.is_err());
    root.end();
    basalt.flush_blocking(Duration::from_secs(10)).unwrap();
    let spans = recorder.spans();
    assert_panicked(named(&spans, "step"), "oh no");
    assert_eq!(named(&spans, "job").status, Status::Unset, "the panic was caught before it left the root");
}
