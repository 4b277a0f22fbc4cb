//! Who asks, from service to service: only what the caller may say, and only where it is asked for.

use std::net::SocketAddr;

use axum::{Router, routing::get};
use basalt_tests::{
    client::{Answer, Client},
    observed::{attribute, layered, named, observed},
    server::Server,
    wait,
};
use basalt_tower::{
    Baggage, BasaltLayer, Experiment, HeaderIdentity, Identity, Inbound, RequestSpan,
    context::{headers, headers_with, inject_with},
    observe,
};
use http::{HeaderMap, HeaderValue};
use opentelemetry_sdk::trace::SpanData;

const ALL: Baggage = Baggage::none().identity().experiment().session().conversation();

const KEYS: [&str; 8] = [
    "basalt.user.id",
    "basalt.user.name",
    "basalt.organization.id",
    "basalt.organization.name",
    "basalt.experiment.id",
    "basalt.experiment.name",
    "session.id",
    "gen_ai.conversation.id",
];

async fn get_with(address: SocketAddr, headers: &HeaderMap) -> Answer {
    let lines: String =
        headers.iter().map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap())).collect();
    let mut client = Client::connect(address).await;
    client.send(format!("GET / HTTP/1.1\r\nhost: here\r\n{lines}\r\n").as_bytes()).await;
    client.answer("GET").await.unwrap()
}

/// The spans of a service, a root and a step, after a request with these headers.
async fn asked_with(options: impl FnOnce(BasaltLayer) -> BasaltLayer, headers: &HeaderMap) -> Vec<SpanData> {
    let step = || observe::observe("step").run(|_| async {});
    let (basalt, recorder, router) = layered(Router::new().route("/", get(step)), options);
    let server = Server::start(router).await;
    get_with(server.address(), headers).await;
    wait::for_spans(&basalt, &recorder, 2).await
}

/// The root of a service after a request with this baggage.
async fn root_of(options: impl FnOnce(BasaltLayer) -> BasaltLayer, baggage: &str) -> SpanData {
    let mut headers = HeaderMap::new();
    headers.insert("baggage", HeaderValue::try_from(baggage).unwrap());
    named(&asked_with(options, &headers).await, "GET /").clone()
}

/// The headers that a service sends on, of a request whose handler knows everything, but late.
async fn sent_by(send: impl Fn() -> HeaderMap + Clone + Send + Sync + 'static) -> HeaderMap {
    let handler = move |request: RequestSpan| async move {
        request.set_identity(Identity::user("nobody").named("Nobody"));
        let step = observe::observe("call").start();
        request.set_identity(
            Identity::user("u-1").named("Zoé, of 7;").organization("o-1").organization_named("Acme"),
        );
        request.set_experiment(Experiment::new("exp-77").unwrap().named("shorter").for_feature("web"));
        request.set_session("s-1");
        request.set_conversation("c-1");
        let sent = send();
        step.end();
        let line = |(name, value): (&http::HeaderName, &HeaderValue)| {
            format!("{name}\n{}\n", value.to_str().unwrap())
        };
        sent.iter().map(line).collect::<String>()
    };
    let (_basalt, _recorder, router) = observed(Router::new().route("/", get(handler)));
    let server = Server::start(router).await;
    let text = Client::get(server.address(), "/").await.text();
    let lines: Vec<_> = text.lines().collect();
    let pair = |pair: &[&str]| (pair[0].parse().unwrap(), HeaderValue::try_from(pair[1]).unwrap());
    lines.chunks(2).map(pair).collect::<Vec<(http::HeaderName, _)>>().into_iter().collect()
}

fn said(span: &SpanData) -> [Option<String>; 8] {
    KEYS.map(|key| attribute(span, key))
}

fn texts<const N: usize>(texts: [&str; N]) -> [Option<String>; N] {
    texts.map(|text| (!text.is_empty()).then(|| text.to_owned()))
}

const EVERYTHING: [&str; 8] = ["u-1", "Zoé, of 7;", "o-1", "Acme", "exp-77", "shorter", "s-1", "c-1"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_asks_knows_what_the_one_before_it_knew() {
    let sent = sent_by(|| headers_with(ALL)).await;
    let spans = asked_with(|layer| layer.baggage(ALL), &sent).await;
    for span in &spans {
        assert_eq!(said(span), texts(EVERYTHING), "{}", span.name);
        assert_eq!(attribute(span, "basalt.experiment.feature_slug"), None, "a feature is the service's own");
        assert_eq!(attribute(span, "basalt.span.should_evaluate").as_deref(), Some("true"));
    }
    let trace = spans[0].span_context.trace_id().to_string();
    assert!(sent["traceparent"].to_str().unwrap().contains(&trace), "the trace goes on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_does_not_ask_knows_nothing() {
    let sent = sent_by(|| headers_with(ALL)).await;
    for span in asked_with(|layer| layer, &sent).await {
        assert_eq!(said(&span), texts([""; 8]));
        assert_eq!(attribute(&span, "basalt.span.should_evaluate").as_deref(), Some("false"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_side_allows_by_itself() {
    let some = Baggage::none().identity().session();
    let narrow = texts(["u-1", "Zoé, of 7;", "o-1", "Acme", "", "", "s-1", ""]);
    let told = sent_by(move || headers_with(some)).await;
    assert_eq!(said(&asked_with(|layer| layer.baggage(ALL), &told).await[0]), narrow);
    let told = sent_by(|| headers_with(ALL)).await;
    assert_eq!(said(&asked_with(move |layer| layer.baggage(some), &told).await[0]), narrow);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_says_anything_without_being_asked_to() {
    let sent = sent_by(headers).await;
    assert!(sent.contains_key("traceparent"));
    assert!(!sent.contains_key("baggage"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_of_others_travel_on_and_stale_ones_of_ours_do_not() {
    let send = || {
        let mut headers = HeaderMap::new();
        headers.append("baggage", HeaderValue::from_static("tenant=t;ttl=3, basalt.user.id=stale"));
        headers.append("baggage", HeaderValue::from_static("session.id=theirs"));
        inject_with(&mut headers, Baggage::none().identity());
        headers
    };
    let expected = "tenant=t;ttl=3,session.id=theirs,basalt.user.id=u-1,basalt.user.name=Zo%C3%A9%2C%20of%207%3B,\
                    basalt.organization.id=o-1,basalt.organization.name=Acme";
    assert_eq!(sent_by(send).await["baggage"], expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn restart_and_ignore_believe_no_baggage() {
    let sent = sent_by(|| headers_with(ALL)).await;
    for inbound in [Inbound::Restart, Inbound::Ignore] {
        for span in asked_with(|layer| layer.baggage(ALL).inbound(inbound), &sent).await {
            assert_eq!(said(&span), texts([""; 8]), "{inbound:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn baggage_is_the_last_to_be_asked() {
    let options = |layer: BasaltLayer| {
        layer
            .baggage(ALL)
            .identity_from_headers(HeaderIdentity::default())
            .identity_with(|head| head.header("x-token").map(Identity::user))
            .experiment_header("x-experiment")
            .session_header("x-session")
            .conversation_header("x-conversation")
    };
    let mut headers = sent_by(|| headers_with(ALL)).await;
    assert_eq!(said(&asked_with(options, &headers).await[0]), texts(EVERYTHING));

    for (name, value) in
        [("x-user-id", "claimed"), ("x-experiment", "e"), ("x-session", "s"), ("x-conversation", "c")]
    {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let told = said(&asked_with(options, &headers).await[0]);
    assert_eq!(told, texts(["claimed", "", "", "", "e", "", "s", "c"]), "an answer wins whole");

    headers.insert("x-token", HeaderValue::from_static("asked"));
    let told = said(&asked_with(options, &headers).await[0]);
    assert_eq!(told, texts(["asked", "", "", "", "e", "", "s", "c"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_values_are_ignored() {
    let options = |layer: BasaltLayer| layer.baggage(ALL);
    let long = "u".repeat(257);
    for value in ["", "%20", "%FF%FE", "%00", "u%0Aroot", "%1B%5B2J", &long] {
        let baggage = format!("basalt.user.id={value},session.id={value},basalt.experiment.id={value}");
        assert_eq!(said(&root_of(options, &baggage).await), texts([""; 8]), "{value}");
    }
    let far = format!("{}basalt.user.id=u", "a=1,".repeat(64));
    assert_eq!(said(&root_of(options, &far).await), texts([""; 8]));
    let twice = "basalt.user.id=a;x=1,basalt.user.id=b,basalt.span.feature_slug=stolen,basalt.root=false";
    let root = root_of(options, twice).await;
    assert_eq!(said(&root), texts(["a", "", "", "", "", "", "", ""]));
    assert_eq!(attribute(&root, "basalt.span.feature_slug").as_deref(), Some("web"));
}

#[test]
fn outside_a_trace_nothing_is_written() {
    assert!(headers_with(ALL).is_empty());
}
