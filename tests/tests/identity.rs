//! Who asks: verified first, claims only when asked for, late but everywhere.

use axum::{Router, extract::Request, middleware, middleware::Next, routing::get};
use basalt_tests::{
    client::Client,
    observed::{attribute, layered, named, observed},
    server::Server,
    wait,
};
use basalt_tower::{BasaltLayer, HeaderIdentity, Identify, Identity, RequestSpan, observe};
use opentelemetry_sdk::trace::SpanData;

#[derive(Clone)]
struct Claims(&'static str);

impl Identify for Claims {
    fn identity(&self) -> Identity {
        if self.0 == "panics" {
            panic!("a token of a kind never seen before");
        }
        Identity::user(self.0).organization("o-1")
    }
}

/// The root span of a request with a header, under a layer with options, inside an auth layer that vouches.
async fn root(
    options: impl FnOnce(BasaltLayer) -> BasaltLayer,
    vouched: Option<Claims>,
    header: &str,
) -> SpanData {
    let (basalt, recorder, router) = layered(Router::new().route("/", get(|| async {})), options);
    let auth = move |mut request: Request, next: Next| {
        request.extensions_mut().extend(
            vouched
                .clone()
                .map(|claims| {
                    let mut extensions = http::Extensions::new();
                    extensions.insert(claims);
                    extensions
                })
                .unwrap_or_default(),
        );
        next.run(request)
    };
    let server = Server::start(router.layer(middleware::from_fn(auth))).await;
    let mut client = Client::connect(server.address()).await;
    client.send(format!("GET / HTTP/1.1\r\nhost: here\r\n{header}\r\n").as_bytes()).await;
    assert_eq!(client.answer("GET").await.unwrap().status, 200);
    wait::for_spans(&basalt, &recorder, 1).await.remove(0)
}

fn user(span: &SpanData) -> Option<String> {
    attribute(span, "basalt.user.id")
}

#[tokio::test]
async fn verified_then_asked_then_claimed() {
    let all = |layer: BasaltLayer| {
        layer
            .identity_from_headers(HeaderIdentity::default())
            .identity_with(|head| head.header("x-token").map(|_| Identity::user("from-closure")))
            .identity_from_extension::<Claims>()
    };
    let token = "x-token: t\r\nx-user-id: claimed\r\n";
    assert_eq!(user(&root(all, Some(Claims("verified")), token).await).as_deref(), Some("verified"));
    assert_eq!(user(&root(all, None, token).await).as_deref(), Some("from-closure"));
    assert_eq!(user(&root(all, None, "x-user-id: claimed\r\n").await).as_deref(), Some("claimed"));
    assert_eq!(user(&root(all, None, "").await), None);
}

#[tokio::test]
async fn the_first_answer_wins_whole() {
    let both = |layer: BasaltLayer| {
        layer
            .identity_with(|_| Some(Identity::user("asked")))
            .identity_from_headers(HeaderIdentity::default())
    };
    let span = root(both, None, "x-organization-id: claimed\r\n").await;
    assert_eq!(user(&span).as_deref(), Some("asked"));
    assert_eq!(attribute(&span, "basalt.organization.id"), None, "a claim does not complete a proof");
}

#[tokio::test]
async fn headers_that_are_not_asked_for_are_not_read() {
    assert_eq!(user(&root(|layer| layer, None, "x-user-id: u\r\n").await), None);
}

#[tokio::test]
async fn a_claim_must_be_one_short_visible_text() {
    let options = |layer: BasaltLayer| layer.identity_from_headers(HeaderIdentity::default());
    let long = format!("x-user-id: {}\r\n", "u".repeat(257));
    let longest = format!("x-user-id: {}\r\n", "u".repeat(256));
    assert_eq!(user(&root(options, None, "x-user-id:   \r\n").await), None);
    assert_eq!(user(&root(options, None, "x-user-id: a\r\nx-user-id: b\r\n").await), None);
    assert_eq!(user(&root(options, None, &long).await), None);
    assert_eq!(user(&root(options, None, &longest).await).map(|id| id.len()), Some(256));
    assert_eq!(user(&root(options, None, "x-user-id:  Zoé \r\n").await).as_deref(), Some("Zoé"));
}

#[tokio::test]
async fn code_of_the_users_that_panics_has_no_answer_and_harms_nobody() {
    let options =
        |layer: BasaltLayer| layer.identity_from_extension::<Claims>().identity_with(|_| panic!("this too"));
    assert_eq!(user(&root(options, Some(Claims("panics")), "").await), None);
}

#[tokio::test]
async fn an_identity_set_late_is_on_every_span_that_ends_afterwards() {
    let (basalt, recorder, router) = observed(Router::new().route(
        "/",
        get(|request: RequestSpan| async move {
            observe::observe("before").run(|_| async {}).await;
            let open = observe::observe("open").start();
            request.set_identity(Identity::user("u-1").named("Ada"));
            request.set_identity(Identity::default().organization("o-1"));
            observe::observe("after").run(|_| async {}).await;
            open.end();
        }),
    ));
    let server = Server::start(router).await;
    Client::get(server.address(), "/").await;
    let spans = wait::for_spans(&basalt, &recorder, 4).await;
    assert_eq!(user(named(&spans, "before")), None);
    for name in ["open", "after", "GET /"] {
        let span = named(&spans, name);
        assert_eq!(user(span).as_deref(), Some("u-1"), "{name}");
        assert_eq!(attribute(span, "basalt.user.name").as_deref(), Some("Ada"));
        assert_eq!(attribute(span, "basalt.organization.id").as_deref(), Some("o-1"), "parts add up");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_do_not_know_one_another() {
    let routes = Router::new().route(
        "/{user}",
        get(|request: RequestSpan, path: axum::extract::Path<String>| async move {
            request.set_identity(path.as_str());
            for _ in 0..3 {
                observe::observe("step").run(|_| tokio::task::yield_now()).await;
            }
        }),
    );
    let (basalt, recorder, router) = observed(routes);
    let server = Server::start(router).await;
    let address = server.address();
    let requests: Vec<_> = (0..50)
        .map(|number| tokio::spawn(async move { Client::get(address, &format!("/u-{number}")).await }))
        .collect();
    for request in requests {
        assert_eq!(request.await.unwrap().status, 200);
    }
    let spans = wait::for_spans(&basalt, &recorder, 200).await;
    for root in spans.iter().filter(|span| span.name == "GET /{user}") {
        let expected = attribute(root, "url.path").map(|path| path.replace('/', ""));
        let trace = root.span_context.trace_id();
        let members: Vec<_> = spans.iter().filter(|span| span.span_context.trace_id() == trace).collect();
        assert_eq!(members.len(), 4);
        for member in members {
            assert_eq!(user(member), expected, "{}", member.name);
        }
    }
}
