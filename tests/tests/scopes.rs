//! What a block of work, or the process, says of everything observed inside.

use std::time::Duration;

use basalt_tests::observed::{attribute, named, recording};
use basalt_tower::{
    Basalt, ContextValues, Experiment, Identity, Observe, Prepared, PromptRef,
    context::{self, Injection, in_context, in_evaluators, in_prompt},
    observe,
    opentelemetry::trace::{Span as _, Tracer, TracerProvider},
    testing::{self, Recorder},
    with_context, with_evaluators, with_prompt,
};
use opentelemetry_sdk::trace::SpanData;

fn finished(basalt: &Basalt, recorder: &Recorder) -> Vec<SpanData> {
    basalt.flush_blocking(Duration::from_secs(30)).unwrap();
    recorder.spans()
}

fn library(basalt: &Basalt, scope: &'static str, name: &'static str) {
    basalt.tracer_provider().unwrap().tracer(scope).start(name).end();
}

const OPENAI: &str = "opentelemetry.instrumentation.openai";

#[tokio::test]
async fn a_block_inside_a_root_says_it_of_the_spans_in_the_block() {
    let (basalt, recorder) = recording();
    let values = || ContextValues::new().identity(Identity::user("u-2")).session("s-2").metadata("row", 7);
    basalt
        .start_observe("feature", "root")
        .identity(Identity::user("u-1").organization("o-1"))
        .metadata("of", "root")
        .run(|_| async {
            with_context(values(), async {
                observe::observe("inside").metadata("own", true).run(|_| async {}).await;
                library(&basalt, "some.library", "foreign");
                assert_eq!(context::user().as_deref(), Some("u-2"));
                assert_eq!(context::organization().as_deref(), Some("o-1"));
                assert_eq!(context::session().as_deref(), Some("s-2"));
            })
            .await;
            observe::observe("after").run(|_| async {}).await;
            assert_eq!(context::user().as_deref(), Some("u-1"));
        })
        .await;
    let spans = finished(&basalt, &recorder);
    for (name, user, session, metadata) in [
        ("inside", "u-2", Some("s-2"), Some(r#"{"own":true,"row":7}"#)),
        ("foreign", "u-2", Some("s-2"), Some(r#"{"row":7}"#)),
        ("after", "u-1", None, None),
        ("root", "u-1", None, Some(r#"{"of":"root"}"#)),
    ] {
        let span = named(&spans, name);
        assert_eq!(attribute(span, "basalt.user.id").as_deref(), Some(user), "{name}");
        assert_eq!(attribute(span, "basalt.organization.id").as_deref(), Some("o-1"), "{name}");
        assert_eq!(attribute(span, "session.id").as_deref(), session, "{name}");
        assert_eq!(attribute(span, "basalt.metadata").as_deref(), metadata, "{name}");
    }
}

#[test]
fn the_innermost_block_wins_value_by_value_and_the_process_comes_last() {
    let recorder = Recorder::new();
    let process = ContextValues::new()
        .identity(Identity::user("process").organization("process"))
        .session("process")
        .conversation("process")
        .metadata("process", 1)
        .metadata("deep", 1);
    let basalt = Basalt::builder().exporter(recorder.clone()).default_context(process).build().unwrap();
    let outer = ContextValues::new().identity("outer").session("outer").metadata("deep", 2);
    in_context(outer, || {
        in_context(ContextValues::new().session("inner").session(" ").metadata("deep", 3), || {
            basalt.start_observe("feature", "blank").in_scope(|_| {});
        });
        in_context(ContextValues::new().session("inner").metadata("deep", 3), || {
            basalt.start_observe("feature", "root").identity("root").in_scope(|_| {
                observe::observe("step").in_scope(|_| {});
            });
        });
    });
    basalt.start_observe("feature", "alone").in_scope(|_| {});
    let spans = finished(&basalt, &recorder);
    for (name, user, session, deep) in [
        ("step", "root", "inner", 3),
        ("root", "root", "inner", 3),
        ("blank", "outer", "outer", 3),
        ("alone", "process", "process", 1),
    ] {
        let span = named(&spans, name);
        let metadata = format!(r#"{{"deep":{deep},"process":1}}"#);
        assert_eq!(attribute(span, "basalt.user.id").as_deref(), Some(user), "{name}");
        assert_eq!(attribute(span, "basalt.organization.id").as_deref(), Some("process"), "{name}");
        assert_eq!(attribute(span, "session.id").as_deref(), Some(session), "{name}");
        assert_eq!(attribute(span, "gen_ai.conversation.id").as_deref(), Some("process"), "{name}");
        assert_eq!(attribute(span, "basalt.metadata"), Some(metadata), "{name}");
    }
}

#[test]
fn evaluators_of_nested_blocks_add_up_in_order_and_reach_other_libraries() {
    let (basalt, recorder) = recording();
    in_evaluators(["a", " b "], || {
        basalt.start_observe("feature", "root").in_scope(|_| {
            in_evaluators(["b", "c", " "], || {
                observe::observe("step").evaluators(["d", "a"]).in_scope(|_| {});
                library(&basalt, "some.library", "foreign");
            });
        });
    });
    let spans = finished(&basalt, &recorder);
    let evaluators = |name| attribute(named(&spans, name), "basalt.span.evaluators");
    assert_eq!(evaluators("step").as_deref(), Some(r#"["a","b","c","d"]"#));
    assert_eq!(evaluators("foreign").as_deref(), Some(r#"["a","b","c"]"#));
    assert_eq!(evaluators("root").as_deref(), Some(r#"["a","b"]"#));
}

#[test]
fn one_prompt_counts_wholly_and_known_libraries_take_the_one_in_scope() {
    let (basalt, recorder) = recording();
    let outer = PromptRef::new("outer").version("1").tag("prod").from_cache(true);
    let inner = PromptRef::new("inner").model("acme", "mini");
    basalt.start_observe("feature", "root").in_scope(|_| {
        in_prompt(&outer, || {
            in_prompt(&inner, || observe::generation("inside").in_scope(|_| {}));
            observe::generation("own").prompt(PromptRef::new("own")).in_scope(|_| {});
            library(&basalt, OPENAI, "known");
            library(&basalt, "some.library", "unknown");
        });
    });
    let spans = finished(&basalt, &recorder);
    let prompt = |name: &str| -> Vec<(String, String)> {
        let span = named(&spans, name);
        let mut found: Vec<_> = span
            .attributes
            .iter()
            .filter(|attribute| attribute.key.as_str().starts_with("basalt.prompt."))
            .map(|attribute| (attribute.key.as_str()[14..].to_owned(), attribute.value.to_string()))
            .collect();
        found.sort();
        found
    };
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    assert_eq!(
        prompt("inside"),
        pairs(&[("model.model", "mini"), ("model.provider", "acme"), ("slug", "inner")])
    );
    assert_eq!(prompt("own"), pairs(&[("slug", "own")]));
    let outer = pairs(&[("from_cache", "true"), ("slug", "outer"), ("tag", "prod"), ("version", "1")]);
    assert_eq!(prompt("known"), outer);
    assert_eq!(prompt("unknown"), []);
    assert_eq!(prompt("root"), []);
}

#[test]
fn injected_data_waits_for_the_next_known_library_of_its_own_trace() {
    let (basalt, recorder) = recording();
    observe::inject(Injection::new().input("outside every trace"));
    basalt.start_observe("feature", "first").in_scope(|_| {
        observe::inject(Injection::new().input("lost"));
        observe::inject(Injection::new().input("why?").metadata("k", 1).prompt(PromptRef::new("p")));
        basalt.start_observe("feature", "inner").in_scope(|_| library(&basalt, OPENAI, "taken"));
        library(&basalt, OPENAI, "next");
        observe::inject(Injection::new().input("never taken"));
    });
    basalt.start_observe("feature", "second").in_scope(|_| library(&basalt, OPENAI, "other"));
    let spans = finished(&basalt, &recorder);
    let input = |name| attribute(named(&spans, name), "basalt.span.input");
    assert_eq!(input("taken").as_deref(), Some("why?"));
    assert_eq!(attribute(named(&spans, "taken"), "basalt.prompt.slug").as_deref(), Some("p"));
    assert_eq!((input("next"), input("other")), (None, None));
}

#[test]
fn what_is_said_of_the_whole_trace_reaches_its_root_from_anywhere() {
    let recorder = testing::record(|_| {
        observe::observe("deep").in_scope(|_| {
            observe::trace().set_input("why?");
            observe::trace().set_output(42);
            observe::trace()
                .set_metadata([("k", 1)].into_iter().collect::<std::collections::BTreeMap<_, _>>());
            observe::trace().set_identity(Identity::user("u-1"));
            observe::trace().set_session("s-1");
            observe::trace().set_conversation("c-1");
            observe::trace().set_experiment(Experiment::new("exp-1").unwrap());
            observe::set_input("deep");
            observe::set_attributes([("a", 1), ("b", 2)]);
        });
    })
    .unwrap();
    let value = |span, key| recorder.value(span, key).map(|value| value.to_string());
    assert_eq!(value("test", "basalt.span.input").as_deref(), Some("why?"));
    assert_eq!(value("test", "basalt.span.output").as_deref(), Some("42"));
    assert_eq!(value("test", "basalt.metadata").as_deref(), Some(r#"{"k":1}"#));
    assert_eq!(value("deep", "basalt.span.input").as_deref(), Some("deep"));
    assert_eq!(value("deep", "b").as_deref(), Some("2"));
    for (key, expected) in [
        ("basalt.user.id", "u-1"),
        ("session.id", "s-1"),
        ("gen_ai.conversation.id", "c-1"),
        ("basalt.experiment.id", "exp-1"),
        ("basalt.span.should_evaluate", "true"),
    ] {
        for span in ["test", "deep"] {
            assert_eq!(value(span, key).as_deref(), Some(expected), "{key} of {span}");
        }
    }
    observe::trace().set_input("outside every trace");
}

#[tokio::test]
async fn a_prepared_generation_hangs_where_it_is_attached() {
    let (basalt, recorder) = recording();
    let prepared = Prepared::generation("answer").prompt(PromptRef::new("qa").version("2")).input("why?");
    let root = basalt.start_observe("feature", "root").start();
    let first = root.attach(prepared.clone()).model("gpt-5").start();
    async { observe::attach(prepared).run(|span| async move { span.set_completion("so") }).await }
        .observed(&first)
        .await;
    first.end();
    root.end();
    basalt.shutdown().await.unwrap();
    let spans = recorder.spans();
    assert_eq!(spans[0].parent_span_id, spans[1].span_context.span_id());
    for span in &spans[..2] {
        assert_eq!(attribute(span, "basalt.prompt.version").as_deref(), Some("2"));
        assert_eq!(attribute(span, "basalt.span.input").as_deref(), Some("why?"));
    }
}

#[test]
fn a_guard_keeps_its_span_active_to_the_end_of_the_block_and_a_panic_marks_it() {
    let recorder = testing::record(|_| {
        {
            let span = observe::function("outer").enter();
            span.set_stage("first");
            observe::observe("inner").in_scope(|_| {});
        }
        let left = std::panic::catch_unwind(|| {
            let _span = observe::observe("left").enter();
            panic!("on purpose");
        });
        assert!(left.is_err());
        observe::observe("after").in_scope(|_| {});
    })
    .unwrap();
    let spans = recorder.spans();
    let parent = |name| named(&spans, name).parent_span_id;
    assert_eq!(parent("inner"), named(&spans, "outer").span_context.span_id());
    assert_eq!(parent("after"), named(&spans, "test").span_context.span_id());
    assert_eq!(named(&spans, "left").events.len(), 1);
}

#[tokio::test]
async fn blocks_work_around_one_liners_explicit_parents_and_new_tasks() {
    let (basalt, recorder) = recording();
    basalt
        .start_observe("feature", "root")
        .run(|root| async move {
            let prompt = PromptRef::new("p");
            let line = observe::generation("line").run(|_| async {});
            with_evaluators(["a"], with_evaluators(["b"], with_prompt(&prompt, line))).await;
            with_evaluators(["c"], async { root.child("explicit").run(|_| async {}).await }).await;
            let early = root.child("early").start();
            let below = async { observe::observe("below").run(|_| async {}).await };
            with_evaluators(["d"], below.observed(&early)).await;
            let task = with_evaluators(["e"], async { observe::observe("task").run(|_| async {}).await });
            tokio::spawn(task).await.unwrap();
            tokio::spawn(observe::observe("alone").run(|_| async {})).await.unwrap();
        })
        .await;
    let spans = finished(&basalt, &recorder);
    for (name, evaluators, parent) in [
        ("line", Some(r#"["a","b"]"#), "root"),
        ("explicit", Some(r#"["c"]"#), "root"),
        ("early", None, "root"),
        ("below", Some(r#"["d"]"#), "early"),
        ("task", Some(r#"["e"]"#), "root"),
        ("alone", None, "root"),
    ] {
        let span = named(&spans, name);
        assert_eq!(attribute(span, "basalt.span.evaluators").as_deref(), evaluators, "{name}");
        assert_eq!(span.parent_span_id, named(&spans, parent).span_context.span_id(), "{name}");
    }
    assert_eq!(attribute(named(&spans, "line"), "basalt.prompt.slug").as_deref(), Some("p"));
}
