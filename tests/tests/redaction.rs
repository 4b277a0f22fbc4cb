//! Secrets do not leave, by any way; what only looks like one does.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Mutex},
    time::Duration,
};

use basalt_tests::{
    collector::Collector,
    corpus::{self, Secret},
};
use basalt_tower::{Basalt, Builder, Protocol, Redaction, opentelemetry::KeyValue, testing::Recorder};
use opentelemetry_sdk::trace::SpanData;
use serde_json::json;

/// Long enough that no random text is found by chance.
const TELLING: usize = 8;

/// Every secret in every place of a span, from a program that does not care.
fn careless(basalt: &Basalt) {
    for Secret { text, key, .. } in corpus::secrets() {
        basalt.start_observe("jobs", text.clone()).in_scope(|root| {
            root.set_input(&text);
            root.set_output(json!({ "deep": [{ "text": text }] }));
            root.set_metadata(json!({ "note": text }));
            root.set_attribute(key, &text);
            root.set_attribute("list", [&text]);
            root.add_event(text.clone(), vec![KeyValue::new("note", text.clone())]);
            root.set_error(&text);
        });
    }
    for Secret { text, key, .. } in corpus::keyed() {
        basalt.start_observe("jobs", "job").in_scope(|root| {
            root.set_input(BTreeMap::from([(key, &text)]));
            root.set_output(json!({ "text": json!({ key: text }).to_string() }));
            root.set_attribute(key, &text);
            root.add_event("event", vec![KeyValue::new(key, text.clone())]);
        });
    }
}

fn nothing_leaks(way: &str, left: &str) {
    let secrets = corpus::secrets().into_iter().chain(corpus::keyed());
    let leaks = secrets.filter(|secret| {
        secret.hidden.iter().any(|hidden| hidden.len() >= TELLING && left.contains(hidden.as_str()))
    });
    let leaks: Vec<_> = leaks.map(|secret| (secret.key, secret.text)).collect();
    assert!(leaks.is_empty(), "{} of them by {way}: {leaks:#?}", leaks.len());
    assert!(left.contains("[redacted]"), "{way} was taken");
}

fn recorded(builder: Builder, program: impl FnOnce(&Basalt)) -> Recorder {
    let recorder = Recorder::new();
    let basalt = builder.exporter(recorder.clone()).build().unwrap();
    program(&basalt);
    basalt.shutdown_blocking().unwrap();
    recorder
}

fn shown(shown: impl Debug) -> String {
    format!("{shown:?}")
}

#[test]
fn the_corpus_is_large() {
    assert!(
        corpus::secrets().len() >= 200 && corpus::keyed().len() >= 40 && corpus::innocent().count() >= 200
    );
    assert!(corpus::secrets().iter().all(|secret| !secret.hidden.is_empty()));
}

#[test]
fn every_secret_would_leave_without_redaction() {
    let left = shown(recorded(Basalt::builder().redaction(Redaction::none()), careless).spans());
    let missing = corpus::secrets().into_iter().chain(corpus::keyed()).filter(|secret| {
        secret.hidden.iter().any(|hidden| !left.contains(hidden.as_str()))
            || secret.hidden.iter().all(|hidden| hidden.len() < TELLING)
    });
    assert_eq!(missing.map(|secret| secret.text).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn no_secret_reaches_an_exporter() {
    let recorder = recorded(Basalt::builder(), careless);
    assert_eq!(recorder.spans().len(), corpus::secrets().len() + corpus::keyed().len());
    nothing_leaks("exporter", &shown(recorder.spans()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_reaches_a_collector_by_either_protocol() {
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        let collector = Collector::start().await;
        let basalt = collector.builder(protocol).build().unwrap();
        careless(&basalt);
        basalt.shutdown().await.unwrap();
        assert_eq!(collector.spans().len(), corpus::secrets().len() + corpus::keyed().len());
        nothing_leaks(&format!("{protocol:?}"), &shown(collector.batches()));
    }
}

#[test]
fn no_secret_reaches_the_console() {
    let printed = Arc::new(Mutex::new(String::new()));
    let page = Arc::clone(&printed);
    let basalt =
        Basalt::builder().console(move |trees| page.lock().unwrap().push_str(trees)).build().unwrap();
    careless(&basalt);
    basalt.shutdown_blocking().unwrap();
    nothing_leaks("console", &printed.lock().unwrap());
}

#[test]
fn what_only_looks_like_a_secret_leaves_as_it_is() {
    let recorder = recorded(Basalt::builder(), |basalt| {
        for text in corpus::innocent() {
            basalt.start_observe("jobs", "job").in_scope(|root| {
                root.set_input(text);
                root.set_output(json!({ "text": text }));
            });
        }
    });
    let spans = recorder.spans();
    let value = |span: usize, key: &str| {
        let attributes = &spans[span].attributes;
        attributes.iter().find(|attribute| attribute.key.as_str() == key).unwrap().value.to_string()
    };
    let changed = corpus::innocent().enumerate().filter_map(|(span, text)| {
        let (plain, json) = (value(span, "basalt.span.input"), value(span, "basalt.span.output"));
        let expected = json!({ "text": text }).to_string();
        (plain != text || json != expected).then_some((text, plain, json))
    });
    let changed: Vec<_> = changed.collect();
    assert!(changed.is_empty(), "{} of them: {changed:#?}", changed.len());
}

/// Inputs of spans as they leave.
fn redacted(builder: Builder, texts: &[String]) -> Vec<String> {
    let recorder = recorded(builder, |basalt| {
        for some in texts.chunks(500) {
            for text in some {
                basalt.start_observe("jobs", "job").in_scope(|root| root.set_input(text));
            }
            basalt.flush_blocking(Duration::from_secs(60)).unwrap();
        }
    });
    let spans = recorder.spans();
    let input = |span: &SpanData| {
        let mut attributes = span.attributes.iter();
        attributes
            .find(|attribute| attribute.key.as_str() == "basalt.span.input")
            .map(|input| input.value.to_string())
    };
    spans.iter().map(|span| input(span).unwrap()).collect()
}

#[test]
fn no_form_of_a_secret_leaves() {
    let forms: Vec<_> = corpus::forms().collect();
    assert!(forms.len() >= 600, "{}", forms.len());
    let texts: Vec<_> = forms.iter().map(|(_, text)| text.clone()).collect();
    let left = redacted(Basalt::builder(), &texts);
    let leaks = forms.iter().zip(&left).filter(|((hidden, _), left)| left.contains(hidden));
    let leaks: Vec<_> = leaks.map(|((_, text), left)| (text, left)).collect();
    assert!(leaks.is_empty(), "{} of them: {leaks:#?}", leaks.len());
}

#[test]
fn what_looks_like_a_form_leaves_as_it_is() {
    let texts: Vec<_> = corpus::look_alikes().collect();
    let left = redacted(Basalt::builder(), &texts);
    let changed: Vec<_> = texts.iter().zip(&left).filter(|(text, left)| text != left).collect();
    assert!(changed.is_empty(), "{} of them: {changed:#?}", changed.len());
}

#[test]
fn what_was_cut_hides_the_half_of_a_secret() {
    for (text, rest) in [
        ("see postgres://app:hunter2long", "@db/shop"),
        ("see postgres://app:hunter2/long", "@db/shop"),
        ("<password>hunter2long", "</password>"),
        ("{\"a\":\"<password>hunter2long", "</password>\"}"),
        ("use sk-proj-hunter2", "abcdefghijklmnopqrstuvwxyz"),
        ("my password: hunter2", " and more"),
        ("next=https%3A%2F%2Fu%3Ahunter2", "%40h"),
        ("{\"password\":\"hunter2", "long\"}"),
        ("curl -u ann:hunter2", "long https://h/"),
        ("authorization: bearer hunter2", "abcdefgh"),
        ("password:\n  - hunter2", "long\n"),
    ] {
        for limit in [1_000, 65_536] {
            let text = format!("{}\n{text}", " ".repeat(limit - text.len() - 1));
            let whole = [format!("{text}{rest}")];
            let left = redacted(Basalt::builder().max_payload_bytes(limit), &whole);
            assert!(!left[0].contains("hunter2"), "{:?}", left[0].trim_start());
        }
    }
}

#[test]
fn an_end_that_was_cut_and_hides_nothing_stays() {
    for text in ["see http://localhost:3000/a/b", "{\"text\":\"the quick brown", "a <b>bold", "the sk"] {
        let whole = [format!("{}{text}, and so on", " ".repeat(1_000 - text.len()))];
        let left = redacted(Basalt::builder().max_payload_bytes(1_000), &whole);
        assert_eq!(left[0].trim_start(), text);
    }
}

/// What is put into texts by chance.
const MARKS: [char; 20] =
    ['"', '\'', '\\', '{', '}', '[', ']', ':', '=', ',', '<', '>', '|', '&', '%', '\n', ' ', '-', 'é', '：'];

/// A change or two by chance.
fn mutated(text: &str, others: &[String], rng: &mut fastrand::Rng) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..rng.usize(1..4) {
        let at = rng.usize(..=characters.len());
        let other = &others[rng.usize(..others.len())];
        match rng.u8(..4) {
            0 => characters.truncate(at),
            1 if at < characters.len() => drop(characters.remove(at)),
            2 => characters.insert(at, rng.choice(MARKS).unwrap()),
            _ => drop(characters.splice(at..at, other.chars())),
        }
    }
    characters.into_iter().take(2_000).collect()
}

/// `REDACTION_TEXTS` says how many texts are made.
#[test]
fn changed_forms_never_panic_and_are_masked_once() {
    let corpus: Vec<_> = corpus::forms()
        .map(|(_, text)| text)
        .chain(corpus::look_alikes())
        .chain(corpus::secrets().into_iter().map(|secret| secret.text))
        .collect();
    let mut rng = fastrand::Rng::with_seed(12);
    let count = std::env::var("REDACTION_TEXTS").map_or(4_000, |count| count.parse().unwrap());
    let texts: Vec<_> =
        (0..count).map(|_| mutated(&corpus[rng.usize(..corpus.len())], &corpus, &mut rng)).collect();
    let redaction = Redaction::builder().pii(true).build().unwrap();
    let once = redacted(Basalt::builder().redaction(redaction.clone()), &texts);
    let twice = redacted(Basalt::builder().redaction(redaction.clone()), &once);
    assert_eq!(redaction.panics(), 0);
    for (text, (once, twice)) in texts.iter().zip(once.iter().zip(&twice)) {
        assert_eq!(once, twice, "of {text:?}");
    }
}

#[test]
fn persons_are_masked_on_request() {
    let redaction = Redaction::builder().pii(true).build().unwrap();
    let recorder = recorded(Basalt::builder().redaction(redaction), |basalt| {
        basalt.start_observe("jobs", "job").in_scope(|root| {
            root.set_input(
                "Ann <ann@example.com>, +49 30 901820, from 192.168.17.4, pays by 4111 1111 1111 1111",
            );
            root.set_output("order 4111 1111 1111 1112, IBAN DE89 3704 0044 0532 0130 00, v1.2.3, 17:00");
        });
    });
    let expected = "Ann <[redacted]>, [redacted], from [redacted], pays by [redacted]";
    assert_eq!(recorder.value("job", "basalt.span.input"), Some(expected.into()));
    let expected = "order 4111 1111 1111 1112, IBAN [redacted], v1.2.3, 17:00";
    assert_eq!(recorder.value("job", "basalt.span.output"), Some(expected.into()));
}

#[test]
fn what_the_service_says_of_itself_is_masked_too() {
    let builder =
        Basalt::builder().resource_attribute("db.password", "hunter2").global_metadata("token", "hunter2");
    let recorder = recorded(builder, |basalt| basalt.start_observe("jobs", "job").in_scope(|_| ()));
    assert!(!shown(recorder.resource()).contains("hunter2") && !shown(recorder.spans()).contains("hunter2"));
    assert_eq!(recorder.value("job", "basalt.meta.token"), Some("[redacted]".into()));
}

#[test]
fn a_closure_that_panics_costs_the_text_and_not_the_span() {
    let redaction = Redaction::builder().with(|_, text| panic!("over {} bytes", text.len())).build().unwrap();
    let recorder = recorded(Basalt::builder().redaction(redaction.clone()), |basalt| {
        basalt.start_observe("jobs", "job").in_scope(|root| {
            root.set_input("something private");
            root.set_output(7);
        });
    });
    assert!(redaction.panics() > 0);
    assert!(!shown(recorder.spans()).contains("private"));
    assert_eq!(recorder.value("[redacted]", "basalt.span.output"), Some(7.into()));
}

#[test]
fn nothing_is_masked_without_redaction() {
    let text = r#"{"password": "hunter2"}"#;
    let recorder = recorded(Basalt::builder().redaction(Redaction::none()), |basalt| {
        basalt.start_observe("jobs", "job").in_scope(|root| root.set_input(text));
    });
    assert_eq!(recorder.value("job", "basalt.span.input"), Some(text.into()));
}
