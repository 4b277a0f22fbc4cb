//! A layer inside a layer adds to the root that is there.

use axum::{Router, routing::get};
use basalt_tests::{
    client::Client,
    observed::{attribute, layered, named, recording},
    server::Server,
    wait,
};
use basalt_tower::{
    BasaltLayer, CaptureHttp, HeaderIdentity, Identified, Identify, Identity, RequestSpan, observe,
};
use http::{StatusCode, request::Parts};

#[tokio::test]
async fn an_inner_layer_refines_slug_evaluators_metadata_identity_and_captures() {
    let (basalt, recorder) = recording();
    let inner = BasaltLayer::new(&basalt, "payments")
        .evaluators(["fraud"])
        .metadata("level", "inner")
        .identity_from_headers(HeaderIdentity::default())
        .session_header("x-session-id")
        .capture(CaptureHttp::default().response_body(64));
    let outer = BasaltLayer::new(&basalt, "web").evaluators(["tone"]).metadata("service", "shop");
    let paying = Router::new()
        .route("/pay/{id}", get(|| async { observe::observe("step").run(|_| async { "paid" }).await }))
        .layer(inner);
    let router = Router::new().route("/", get(|| async { "home" })).merge(paying).layer(outer);
    let server = Server::start(router).await;
    let mut client = Client::connect(server.address()).await;
    client.send(b"GET /pay/7 HTTP/1.1\r\nhost: h\r\nx-user-id: u-1\r\nx-session-id: s-1\r\n\r\n").await;
    assert_eq!(client.answer("GET").await.unwrap().text(), "paid");
    Client::get(server.address(), "/").await;

    let spans = wait::for_spans(&basalt, &recorder, 3).await;
    let (root, step, home) = (named(&spans, "GET /pay/{id}"), named(&spans, "step"), named(&spans, "GET /"));
    assert_eq!(step.parent_span_id, root.span_context.span_id());
    for (key, value) in
        [("basalt.span.feature_slug", "payments"), ("basalt.user.id", "u-1"), ("session.id", "s-1")]
    {
        assert_eq!(attribute(root, key).as_deref(), Some(value));
        assert_eq!(attribute(step, key).as_deref(), Some(value));
    }
    assert_eq!(attribute(root, "basalt.span.evaluators").as_deref(), Some("[\"tone\",\"fraud\"]"));
    assert_eq!(attribute(root, "basalt.metadata").as_deref(), Some(r#"{"level":"inner","service":"shop"}"#));
    assert_eq!(attribute(root, "basalt.span.output").as_deref(), Some("paid"));
    assert_eq!(attribute(home, "basalt.span.feature_slug").as_deref(), Some("web"));
    assert_eq!(attribute(home, "basalt.span.output"), None);
}

#[tokio::test]
async fn a_request_that_the_outer_layer_excludes_stays_excluded() {
    let (basalt, recorder) = recording();
    let router = Router::new()
        .route("/health", get(|request: RequestSpan| async move { request.is_recording().to_string() }))
        .layer(BasaltLayer::new(&basalt, "inner"))
        .layer(BasaltLayer::new(&basalt, "web").exclude(["/health"]));
    let server = Server::start(router).await;
    assert_eq!(Client::get(server.address(), "/health").await.text(), "false");
    basalt.flush(std::time::Duration::from_secs(10)).await.unwrap();
    assert!(recorder.spans().is_empty());
}

#[tokio::test]
async fn a_request_that_the_inner_layer_excludes_is_observed_by_the_outer_one_alone() {
    let (basalt, recorder) = recording();
    let router = Router::new()
        .route("/a", get(|request: RequestSpan| async move { request.set_input("kept") }))
        .layer(BasaltLayer::new(&basalt, "inner").exclude(["/a"]))
        .layer(BasaltLayer::new(&basalt, "web"));
    let server = Server::start(router).await;
    Client::get(server.address(), "/a").await;
    let spans = wait::for_spans(&basalt, &recorder, 1).await;
    assert_eq!(attribute(&spans[0], "basalt.span.feature_slug").as_deref(), Some("web"));
    assert_eq!(attribute(&spans[0], "basalt.span.input").as_deref(), Some("kept"));
}

struct User(String);

impl<S: Sync> axum::extract::FromRequestParts<S> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let user = parts.uri.query().ok_or(StatusCode::UNAUTHORIZED)?;
        Ok(Self(user.to_owned()))
    }
}

impl Identify for User {
    fn identity(&self) -> Identity {
        assert!(self.0 != "panic", "on purpose");
        Identity::user(&self.0)
    }
}

#[tokio::test]
async fn an_extractor_of_ones_own_identifies_the_request_or_refuses_it() {
    let routes = Router::new().route("/me", get(|Identified(user): Identified<User>| async move { user.0 }));
    let (basalt, recorder, router) = layered(routes.clone(), |layer| {
        layer.identity_with(|_| Some(Identity::user("guest").organization("o-1")))
    });
    let server = Server::start(router).await;
    for (path, status) in [("/me?u-1", 200), ("/me", 401), ("/me?panic", 200)] {
        assert_eq!(Client::get(server.address(), path).await.status, status, "{path}");
    }
    let spans = wait::for_spans(&basalt, &recorder, 3).await;
    for (span, user) in spans.iter().zip(["u-1", "guest", "guest"]) {
        assert_eq!(attribute(span, "basalt.user.id").as_deref(), Some(user));
        assert_eq!(attribute(span, "basalt.organization.id").as_deref(), Some("o-1"));
    }
    let bare = Server::start(routes).await;
    assert_eq!(
        Client::get(bare.address(), "/me?u-1").await.text(),
        "u-1",
        "without a layer it only extracts"
    );
}

#[tokio::test]
async fn a_restarted_trace_links_to_its_caller() {
    let (basalt, recorder, router) = layered(Router::new().route("/", get(|| async {})), |layer| {
        layer.inbound(basalt_tower::Inbound::Restart)
    });
    let server = Server::start(router).await;
    let mut client = Client::connect(server.address()).await;
    let caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    client.send(format!("GET / HTTP/1.1\r\nhost: h\r\ntraceparent: {caller}\r\n\r\n").as_bytes()).await;
    client.answer("GET").await.unwrap();
    let spans = wait::for_spans(&basalt, &recorder, 1).await;
    let link = &spans[0].links.links[0].span_context;
    assert_eq!(link.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
    assert_ne!(spans[0].span_context.trace_id(), link.trace_id());
}
