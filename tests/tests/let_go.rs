//! A response body may say something of its request as it is let go, whatever is known of its length: the span ends
//! after that, on both fronts.

use std::convert::Infallible;

use actix_web::{App, HttpResponse, body::SizedStream, web};
use axum::{Router, body::Body, extract::Path, http::header::CONTENT_LENGTH, routing::get};
use basalt_actix::BasaltMiddleware;
use basalt_tests::{
    actix_server::ActixServer,
    client::Client,
    observed::{attribute, named, observed, recording},
    server::Server,
    wait,
};
use basalt_tower::{RootSpan, observe};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use opentelemetry_sdk::trace::SpanData;

/// Bytes of the answers that are asked for.
const LENGTHS: [u64; 2] = [1, 5];

/// Says so when it is dropped.
struct Said(RootSpan);

impl Drop for Said {
    fn drop(&mut self) {
        self.0.set_output("let go");
        observe::observe("goodbye").start().end();
    }
}

/// So many bytes, one by one; it does not know its end.
fn bytes(length: u64, root: RootSpan) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let said = Said(root);
    stream::iter(0..length).map(move |_| {
        let _said = &said;
        Ok(Bytes::from_static(b"x"))
    })
}

fn check(spans: &[SpanData]) {
    let (root, goodbye) = (named(spans, "GET /{length}"), named(spans, "goodbye"));
    assert_eq!(attribute(root, "basalt.span.output").as_deref(), Some("let go"));
    assert_eq!(attribute(root, "basalt.http.outcome"), None, "it was completed");
    assert_eq!(goodbye.parent_span_id, root.span_context.span_id());
    assert!(goodbye.end_time <= root.end_time);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_axum_a_body_of_known_length_is_let_go_before_its_span_ends() {
    for length in LENGTHS {
        let handler = |Path(length): Path<u64>, request: basalt_tower::RequestSpan| async move {
            ([(CONTENT_LENGTH, length)], Body::from_stream(bytes(length, RootSpan::clone(&request))))
        };
        let (basalt, recorder, router) = observed(Router::new().route("/{length}", get(handler)));
        let server = Server::start(router).await;
        let answer = Client::get(server.address(), &format!("/{length}")).await;
        assert_eq!(answer.text().len() as u64, length);
        check(&wait::for_spans(&basalt, &recorder, 2).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_actix_a_body_of_known_length_is_let_go_before_its_span_ends() {
    for length in LENGTHS {
        let (basalt, recorder) = recording();
        let middleware = BasaltMiddleware::new(&basalt, "web");
        let handler = |length: web::Path<u64>, request: basalt_actix::RequestSpan| async move {
            HttpResponse::Ok().body(SizedStream::new(*length, bytes(*length, RootSpan::clone(&request))))
        };
        let app = move || App::new().route("/{length}", web::get().to(handler)).wrap(middleware.clone());
        let server = ActixServer::start(app).await;
        let answer = Client::get(server.address(), &format!("/{length}")).await;
        assert_eq!(answer.text().len() as u64, length);
        check(&wait::for_spans(&basalt, &recorder, 2).await);
        server.stop().await;
    }
}
