//! Requests at the same time leak nothing into one another.

use std::{collections::HashMap, future::Future, pin::Pin, sync::Arc};

use axum::{Router, extract::Path, http::HeaderMap, routing::get};
use basalt_tests::{
    client::Client,
    observed::{attribute, layered, recording},
    server::Server,
    wait,
};
use basalt_tower::{
    Basalt, ContextValues, HeaderIdentity, Identity, InCurrentObservation, PromptRef, RequestSpan,
    context::carry, observe, with_context, with_evaluators, with_prompt,
};
use futures_util::{StreamExt, stream};
use tokio::{
    sync::{Barrier, oneshot},
    task::JoinSet,
};

const REQUESTS: usize = 200;

/// Spans of one request, the root included.
const SPANS: usize = 8;

/// Everything a handler can do at once, with the number of the request in all of it.
async fn handler(Path(number): Path<usize>, request: RequestSpan, barrier: Arc<Barrier>) -> String {
    barrier.wait().await;
    let prompt = PromptRef::new(format!("prompt-{number}"));
    with_evaluators([format!("outer-{number}")], async {
        let task = tokio::spawn(step("task", number).in_current_observation());
        let blocking = tokio::task::spawn_blocking(carry(move || {
            observe::observe("blocking").in_scope(|span| span.set_input(number));
        }));
        let thread = std::thread::spawn(carry(move || {
            observe::observe("thread").in_scope(|span| span.set_input(number));
        }));
        with_evaluators([format!("inner-{number}")], with_prompt(&prompt, step("nested", number))).await;
        task.await.unwrap();
        blocking.await.unwrap();
        tokio::task::spawn_blocking(|| thread.join().unwrap()).await.unwrap();
    })
    .await;
    let mut numbers = stream::iter(0..3)
        .then(|_| async move {
            tokio::task::yield_now().await;
            observe::observe("item").in_scope(|span| span.set_input(number));
        })
        .boxed()
        .in_current_observation();
    while numbers.next().await.is_some() {}
    request.set_identity(Identity::default().organization(format!("o-{number}")));
    number.to_string()
}

async fn step(name: &'static str, number: usize) {
    observe::generation(name)
        .run(|span| async move {
            tokio::task::yield_now().await;
            span.set_input(number);
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_requests_at_once_leak_nothing_into_one_another() {
    let barrier = Arc::new(Barrier::new(REQUESTS));
    let router = Router::new().route(
        "/{number}",
        get(move |path: Path<usize>, request: RequestSpan, _: HeaderMap| {
            handler(path, request, Arc::clone(&barrier))
        }),
    );
    let (basalt, recorder, router) =
        layered(router, |layer| layer.identity_from_headers(HeaderIdentity::default()));
    let server = Server::start(router).await;
    let address = server.address();
    let mut clients = JoinSet::new();
    for number in 0..REQUESTS {
        clients.spawn(async move {
            let request = format!("GET /{number} HTTP/1.1\r\nhost: here\r\nx-user-id: u-{number}\r\n\r\n");
            let mut client = Client::connect(address).await;
            client.send(request.as_bytes()).await;
            assert_eq!(client.answer("GET").await.unwrap().text(), number.to_string());
        });
    }
    while let Some(done) = clients.join_next().await {
        done.unwrap();
    }

    let spans = wait::for_spans(&basalt, &recorder, REQUESTS * SPANS).await;
    assert_eq!(spans.len(), REQUESTS * SPANS);
    let mut traces: HashMap<_, Vec<_>> = HashMap::new();
    for span in &spans {
        traces.entry(span.span_context.trace_id()).or_default().push(span);
    }
    assert_eq!(traces.len(), REQUESTS);
    for spans in traces.values() {
        let root = spans.iter().find(|span| span.name == "GET /{number}").unwrap();
        let number = attribute(root, "url.path").unwrap()[1..].to_owned();
        assert_eq!(spans.len(), SPANS, "request {number}");
        for span in spans {
            let says = |key: &str| attribute(span, key);
            assert_eq!(says("basalt.user.id").unwrap(), format!("u-{number}"), "{}", span.name);
            let (evaluators, prompt) = match span.name.as_ref() {
                "GET /{number}" => {
                    assert_eq!(says("basalt.organization.id").unwrap(), format!("o-{number}"));
                    (None, None)
                }
                "nested" => (
                    Some(format!(r#"["outer-{number}","inner-{number}"]"#)),
                    Some(format!("prompt-{number}")),
                ),
                "task" | "blocking" | "thread" => (Some(format!(r#"["outer-{number}"]"#)), None),
                "item" => (None, None),
                other => panic!("a span called {other}"),
            };
            assert_eq!(says("basalt.span.evaluators"), evaluators, "{}", span.name);
            assert_eq!(says("basalt.prompt.slug"), prompt, "{}", span.name);
            if span.name != root.name {
                assert_eq!(says("basalt.span.input").unwrap(), number, "{}", span.name);
                assert_eq!(span.parent_span_id, root.span_context.span_id(), "{}", span.name);
            }
        }
    }
}

/// A job that starts its successor inside its own observation, as those do that come round again and again.
fn job(basalt: Basalt, number: usize, done: oneshot::Sender<()>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        let next = basalt.clone();
        let work = |_| async move {
            if number == 6_000 {
                done.send(()).unwrap();
            } else {
                tokio::spawn(job(next, number + 1, done).in_current_observation());
            }
        };
        basalt.start_observe("job", "tick").run(work).await;
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_job_may_start_its_successor_inside_itself_without_end() {
    let (basalt, recorder) = recording();
    let (done, finished) = oneshot::channel();
    tokio::spawn(with_context(ContextValues::new().identity("u-1"), job(basalt.clone(), 0, done)));
    finished.await.unwrap();
    let spans = wait::for_spans(&basalt, &recorder, 6_001).await;
    assert!(spans.iter().all(|span| attribute(span, "basalt.user.id").as_deref() == Some("u-1")));
}
