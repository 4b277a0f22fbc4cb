//! Misuse is said once, however often it happens, and harms nobody.

use actix_web::{App, web};
use axum::{Router, routing::get};
use basalt_tests::{
    actix_server::ActixServer, client::Client, lines::Lines, observed::recording, server::Server,
};
use basalt_tower::{Basalt, BasaltLayer, CaptureHttp, start_observe};

/// One test, because lines are said once per process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_misuse_is_one_line_that_names_the_cure() {
    let lines = Lines::listen();

    let without = Server::start(Router::new().route("/", get(|_: basalt_tower::RequestSpan| async {}))).await;
    let app = || App::new().route("/", web::get().to(|_: basalt_actix::RequestSpan| async { "never" }));
    let without_too = ActixServer::start(app).await;
    for _ in 0..3 {
        assert_eq!(Client::get(without.address(), "/").await.status, 500);
        assert_eq!(Client::get(without_too.address(), "/").await.status, 500);
    }
    assert_eq!(lines.with("add `.layer(BasaltLayer::new"), 1);
    assert_eq!(lines.with("add `.wrap(BasaltMiddleware::new"), 1);

    let (basalt, _recorder) = recording();
    let twice = Router::new()
        .route("/", get(|| async { "ok" }))
        .layer(BasaltLayer::new(&basalt, "web"))
        .layer(BasaltLayer::new(&basalt, "web"));
    let twice = Server::start(twice).await;
    for _ in 0..3 {
        assert_eq!(Client::get(twice.address(), "/").await.text(), "ok");
    }
    assert_eq!(lines.with("remove one of them"), 1);

    for _ in 0..3 {
        start_observe("nightly", "digest").in_scope(|root| assert!(!root.is_recording()));
    }
    assert_eq!(lines.with("`basalt.install()`"), 1);

    let wrong = || BasaltLayer::new(&basalt, "web").trusted_proxies(["ten"]).session_header("no header");
    let _layers = [wrong(), wrong().capture(CaptureHttp::default().request_headers([" "]))];
    assert_eq!(lines.with("no header can have this name"), 1);
    assert_eq!(lines.with("ten"), 1);

    basalt.shutdown().await.unwrap();
    for _ in 0..3 {
        assert_eq!(Client::get(twice.address(), "/").await.text(), "ok");
        basalt.start_observe("nightly", "digest").in_scope(|root| assert!(!root.is_recording()));
    }
    assert_eq!(lines.with("after `shutdown`"), 1);

    let off = Basalt::builder().enabled(false).build().unwrap();
    off.install();
    start_observe("nightly", "digest").in_scope(|root| assert!(!root.is_recording()));
    assert_eq!(lines.all().len(), 7, "and nothing else: {:#?}", lines.all());
    without_too.stop().await;
}
