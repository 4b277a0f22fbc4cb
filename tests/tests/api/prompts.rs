//! Prompts: filled in, kept, carried by spans.

use std::time::Duration;

use basalt_core::{
    client::{PromptError, ResponseFormat},
    observe, with_prompt,
};
use basalt_tests::{
    api_server::{ApiServer, Reply},
    observed::{attribute, named},
    wait::until,
};
use serde_json::json;

use super::{client, greeter, serving, texts};

#[tokio::test]
async fn a_generation_of_a_prompt_carries_it_wholly() {
    let server = serving("Greet {{ who }}.");
    let (basalt, recorder) = client(&server, |builder| builder);
    let work = |_| async {
        let prompt = basalt.prompts().get("greeter").tag("prod").variable("who", "Ann");
        let prompt = prompt.variable("tone", "kind").await.unwrap();
        prompt.generation("answer").run(|_| async {}).await;
        with_prompt(&prompt, observe::generation("draft").run(|_| async {})).await;
    };
    basalt.start_observe("f", "top").run(work).await;
    basalt.flush(Duration::from_secs(20)).await.unwrap();
    let spans = recorder.spans();
    for name in ["answer", "draft"] {
        for (key, value) in [
            ("basalt.prompt.slug", "greeter"),
            ("basalt.prompt.version", "3.1"),
            ("basalt.prompt.tag", "prod"),
            ("basalt.prompt.model.provider", "acme-ai"),
            ("basalt.prompt.model.model", "mini-2"),
            ("basalt.prompt.variables", r#"{"tone":"kind","who":"Ann"}"#),
            ("basalt.prompt.from_cache", "false"),
        ] {
            assert_eq!(attribute(named(&spans, name), key).as_deref(), Some(value), "{name} {key}");
        }
    }
    for (key, value) in [
        ("basalt.span.input", "Greet Ann."),
        (
            "gen_ai.input.messages",
            r#"[{"role":"system","parts":[{"type":"text","content":"Be kind."}]},{"role":"user","parts":[{"type":"text","content":"Greet Ann."}]}]"#,
        ),
        ("gen_ai.request.model", "mini-2"),
        ("gen_ai.request.temperature", "0.2"),
        ("gen_ai.request.max_tokens", "64"),
    ] {
        assert_eq!(attribute(named(&spans, "answer"), key).as_deref(), Some(value), "{key}");
    }
}

#[tokio::test]
async fn a_tag_that_only_the_answer_names_is_not_written() {
    let server = serving("Greet.");
    let (basalt, recorder) = client(&server, |builder| builder);
    let prompt = basalt.prompts().get("greeter").await.unwrap();
    basalt.start_observe("f", "top").run(|_| prompt.generation("answer").run(|_| async {})).await;
    basalt.flush(Duration::from_secs(20)).await.unwrap();
    assert_eq!(prompt.tag(), Some("prod"));
    assert_eq!(attribute(named(&recorder.spans(), "answer"), "basalt.prompt.tag"), None);
}

#[tokio::test]
async fn variables_of_every_type_are_filled_in_and_missing_ones_become_nothing() {
    let server = serving("{{ s }}|{{ n }}|{{ b }}|{{ none }}|{{ l }}|{{ m.k }}|{{ missing }}");
    let (basalt, _) = client(&server, |builder| builder);
    let variables =
        json!({"s": "ü{{ s }}", "n": 1.5, "b": false, "none": null, "l": [1, "a"], "m": {"k": "v"}});
    let prompt = basalt.prompts().get("greeter").variables(variables).await.unwrap();
    assert_eq!(texts(&prompt), ("ü{{ s }}|1.5|False|None|[1, 'a']|v|", "Be ."));
    assert_eq!(prompt.raw_system_text(), "Be {{ tone }}.");
    let again = prompt.render(json!({"s": "other", "m": {}})).unwrap();
    assert!(again.text().starts_with("other|") && again.version() == "3.1");
    assert_eq!(prompt.model().parameters.response_format, ResponseFormat::Text);

    for wrong in [json!("text"), json!([1]), json!(7)] {
        let error = basalt.prompts().get("greeter").variables(wrong).await.unwrap_err();
        assert!(
            matches!(&error, PromptError::Template(why) if why.to_string().contains("give a map or a struct"))
        );
    }
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_prompt_that_is_no_template_is_an_error_only_when_it_is_filled_in() {
    let server = serving("line one\n{{ unclosed");
    let (basalt, _) = client(&server, |builder| builder);
    assert_eq!(basalt.prompts().get("greeter").await.unwrap().text(), "line one\n{{ unclosed");
    let error = basalt.prompts().get("greeter").variable("a", 1).await.unwrap_err();
    assert!(error.to_string().contains("in line 2; correct it in Basalt"), "{error}");
}

#[tokio::test]
async fn content_stays_out_of_spans_when_it_is_switched_off() {
    let server = serving("Greet {{ who }}.");
    let (basalt, recorder) = client(&server, |builder| builder.trace_content(false));
    let work = |_| async {
        let prompt = basalt.prompts().get("greeter").variable("who", "Ann").await.unwrap();
        prompt.generation("answer").run(|_| async {}).await;
    };
    basalt.start_observe("f", "top").run(work).await;
    basalt.flush(Duration::from_secs(20)).await.unwrap();
    assert!(!format!("{:?}", recorder.spans()).contains("Ann"));
}

#[tokio::test]
async fn requests_carry_the_trace_of_their_span() {
    let server = serving("Hello");
    let (basalt, recorder) = client(&server, |builder| builder);
    let work = |_| async { basalt.prompts().get("greeter").await.map(drop) };
    basalt.start_observe("f", "top").run(work).await.unwrap();
    basalt.flush(Duration::from_secs(20)).await.unwrap();
    let spans = recorder.spans();
    let span = named(&spans, "basalt.sdk.prompts.get").span_context.clone();
    let headers = server.asked().remove(0).headers;
    assert_eq!(headers["traceparent"], format!("00-{}-{}-01", span.trace_id(), span.span_id()));
    assert_eq!(headers["x-basalt-sdk-type"], "rust");
}

#[tokio::test]
async fn a_call_that_is_given_up_lets_the_next_in_line_ask() {
    let server = ApiServer::start();
    let slow = Reply::json(200, &greeter("late")).after(Duration::from_secs(3600));
    server.route("GET", "/prompts/greeter", [slow, Reply::json(200, &greeter("Hello"))]);
    let (basalt, recorder) = client(&server, |builder| builder.api_timeout(Duration::from_secs(600)));
    let first = {
        let basalt = basalt.clone();
        tokio::spawn(async move {
            let root = basalt.start_observe("f", "top");
            root.run(|_| async { basalt.prompts().get("greeter").await.map(drop) }).await
        })
    };
    until("the first request", || async { (server.asked().len() == 1).then_some(()) }).await;
    let second = tokio::spawn(basalt.prompts().get("greeter").into_future());
    first.abort();
    assert_eq!(second.await.unwrap().unwrap().text(), "Hello");
    basalt.flush(Duration::from_secs(20)).await.unwrap();
    let spans = recorder.spans();
    let given_up = named(&spans, "basalt.sdk.prompts.get");
    assert_eq!(attribute(given_up, "basalt.span.cancelled").as_deref(), Some("true"));
}

#[tokio::test]
async fn no_is_no_even_where_an_older_answer_is_kept() {
    let server = serving("Hello");
    let (basalt, _) = client(&server, |builder| builder.prompt_ttl(Duration::ZERO));
    assert!(!basalt.prompts().get("greeter").await.unwrap().from_cache());
    server.route("GET", "/prompts/greeter", [Reply::json(500, &json!({"error": "exploded"}))]);
    let stale = basalt.prompts().get("greeter").await.unwrap();
    assert!(stale.is_stale() && stale.from_cache() && stale.text() == "Hello");

    let server = serving("Hello");
    let (basalt, _) = client(&server, |builder| builder.prompt_ttl(Duration::ZERO));
    basalt.prompts().get("greeter").await.unwrap();
    server.route("GET", "/prompts/greeter", [Reply::text(403, "not yours")]);
    assert_eq!(basalt.prompts().get("greeter").await.unwrap_err().status(), Some(403));
    server.route("GET", "/prompts/greeter", [Reply::text(500, "exploded")]);
    assert_eq!(basalt.prompts().get("greeter").await.unwrap_err().status(), Some(500), "nor afterwards");
}
