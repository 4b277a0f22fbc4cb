//! Servers that are slow, break off, talk too much or talk nonsense.

use std::time::{Duration, Instant};

use basalt_core::{
    Builder,
    client::{ApiError, PromptError},
    opentelemetry::trace::Status,
};
use basalt_tests::{
    api_server::{ApiServer, Reply},
    observed::{attribute, named},
};
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value, json};

use super::{KEY, client, greeter, serving};

/// What a fetch meets that is answered so: its error, its span, and how often it was asked.
async fn met(reply: Reply, configure: impl FnOnce(Builder) -> Builder) -> (ApiError, SpanData, usize) {
    let server = ApiServer::start();
    server.route("GET", "/prompts/greeter", [reply]);
    let (basalt, recorder) = client(&server, configure);
    let began = Instant::now();
    let root = basalt.start_observe("f", "top");
    let answer = root.run(|_| async { basalt.prompts().get("greeter").variable("who", "Ann").await }).await;
    assert!(began.elapsed() < Duration::from_secs(60));
    let error = answer.map(|prompt| prompt.text().to_owned()).unwrap_err();
    assert!(!format!("{error:?} {error} {basalt:?}").contains(KEY));
    basalt.flush(Duration::from_secs(20)).await.unwrap();
    let PromptError::Api(error) = error else { panic!("{error}") };
    let span = named(&recorder.spans(), "basalt.sdk.prompts.get").clone();
    assert!(!format!("{span:?}").contains(KEY));
    (error, span, server.asked().len())
}

/// The span tells the same as the error.
fn tells(span: &SpanData, error: &ApiError) {
    assert_eq!(attribute(span, "basalt.request.success").as_deref(), Some("false"));
    assert_eq!(attribute(span, "http.status_code"), error.status().map(|status| status.to_string()));
    assert!(attribute(span, "basalt.request.duration_ms").is_some());
    let output: Value = serde_json::from_str(&attribute(span, "basalt.span.output").unwrap()).unwrap();
    assert_eq!(output, json!({"error": error.message(), "status_code": error.status()}));
    assert!(matches!(&span.status, Status::Error { description } if *description == error.message()));
    assert_eq!(span.events.len(), 1);
}

#[tokio::test]
async fn answers_that_do_not_come_are_unreachable_after_all_attempts() {
    let slow = Reply::json(200, &greeter("late")).after(Duration::from_secs(3600));
    for (reply, timeout, says) in [
        (slow, Duration::from_millis(50), "no answer within 50ms"),
        (Reply::dropped(), Duration::from_secs(20), "the connection failed"),
        (Reply::json(200, &greeter("half")).truncated(), Duration::from_secs(20), "the connection failed"),
    ] {
        let (error, span, asked) = met(reply, |builder| builder.api_timeout(timeout).api_attempts(2)).await;
        let ApiError::Unreachable { attempts: 2, reason } = &error else { panic!("{error:?}") };
        assert!(reason.contains(says), "{reason}");
        assert!(error.is_retryable() && error.status().is_none());
        assert_eq!(asked, 2);
        tells(&span, &error);
    }
}

#[tokio::test]
async fn answers_that_are_none_of_the_apis_cannot_be_used() {
    let page = "<html><body>Welcome to the hotel</body></html>";
    for (reply, status, says) in [
        (Reply::json(200, &greeter(&"x".repeat(9 * 1024 * 1024))), 200, "longer than 8388608 bytes"),
        (Reply::new(200, "text/html", page), 200, "a web page came back"),
        (Reply::text(200, "ok"), 200, "Invalid JSON response"),
        (Reply::text(204, ""), 204, "Invalid JSON response"),
        (Reply::json(200, &json!([])), 200, "another shape"),
        (Reply::json(200, &json!({"prompt": null})), 200, "another shape"),
        (Reply::json(200, &json!({"prompt": {"slug": "greeter"}})), 200, "missing field `text`"),
        (Reply::json(200, &json!({"prompt": {"text": 1}})), 200, "another shape"),
    ] {
        let (error, span, asked) = met(reply, |builder| builder).await;
        assert!(
            matches!(&error, ApiError::Unusable { reason, .. } if reason.contains(says)),
            "{says}: {error:?}"
        );
        assert!(!error.is_retryable());
        assert_eq!((error.status(), asked), (Some(status), 1));
        tells(&span, &error);
    }
}

#[tokio::test]
async fn redirects_are_not_followed_and_the_key_stays_here() {
    let elsewhere = serving("stolen");
    for status in [301, 302, 307, 308] {
        let reply =
            Reply::text(status, "").header("location", format!("{}/prompts/greeter", elsewhere.url()));
        let (error, span, asked) = met(reply, |builder| builder).await;
        assert!(error.to_string().contains("set `api_url`"), "{error}");
        assert_eq!((error.status(), asked), (Some(status), 1));
        tells(&span, &error);
    }
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn refusals_say_what_the_server_says_and_are_repeated_only_where_that_may_help() {
    let said = json!({"error": "told so"});
    for (status, asked, retryable) in [
        (400, 1, false),
        (401, 1, false),
        (404, 1, false),
        (429, 3, true),
        (500, 1, true),
        (502, 3, true),
        (503, 3, true),
    ] {
        let (error, span, times) =
            met(Reply::json(status, &said).header("retry-after", "0"), |builder| builder).await;
        assert_eq!(error, ApiError::Refused { status, message: "told so".to_owned() });
        assert_eq!((times, error.is_retryable()), (asked, retryable), "{status}");
        tells(&span, &error);
    }
    let page = Reply::new(502, "text/html", "<html>Bad gateway</html>");
    let (error, ..) = met(page, |builder| builder.api_attempts(1)).await;
    assert_eq!(error.message(), "HTTP 502");
    let (error, ..) = met(Reply::text(500, "x".repeat(100_000)), |builder| builder).await;
    assert_eq!(error.message().len(), 1024);
}

#[tokio::test]
async fn a_pause_that_is_asked_for_is_kept_unless_it_is_not_worth_waiting_for() {
    let server = ApiServer::start();
    let busy = |pause: &str| Reply::text(503, "busy").header("retry-after", pause);
    server.route("GET", "/prompts/greeter", [busy("1"), Reply::json(200, &greeter("Hello"))]);
    let (basalt, _) = client(&server, |builder| builder);
    let began = Instant::now();
    basalt.prompts().get("greeter").await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.asked().len(), 2);

    server.route("GET", "/prompts/greeter", [busy("86400")]);
    let refused = basalt.prompts().get("greeter").cache(false).await.unwrap_err();
    assert_eq!((refused.status(), server.asked().len()), (Some(503), 3));
}

#[tokio::test]
async fn what_writes_is_sent_once() {
    let server = ApiServer::start();
    server.route("POST", "/monitor/experiments", [Reply::text(503, "busy").header("retry-after", "0")]);
    server.route("POST", "/prompts/greeter/publish", [Reply::dropped()]);
    let (basalt, _) = client(&server, |builder| builder);
    let refused = basalt.experiments().create("f", "n").await.unwrap_err();
    assert_eq!((refused.status(), server.asked().len()), (Some(503), 1));
    let lost = basalt.prompts().publish("greeter", "prod").await.unwrap_err();
    assert!(lost.message().starts_with("Request failed: "), "{lost}");
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn an_experiment_without_an_id_is_an_error() {
    let server = ApiServer::start();
    let (basalt, _) = client(&server, |builder| builder);
    for reply in [json!({}), json!({"id": " "}), json!({"id": null, "name": "n"}), json!({"id": 7})] {
        server.route("POST", "/monitor/experiments", [Reply::json(201, &reply)]);
        assert!(basalt.experiments().create("f", "n").await.is_err(), "{reply}");
    }
}
