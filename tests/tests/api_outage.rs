//! Many callers, few requests, and an API that goes away.

use std::time::Duration;

use basalt_core::{Basalt, client::Prompt};
use basalt_tests::{
    api_server::{ApiServer, Reply},
    lines::Lines,
};
use futures_util::future::join_all;
use serde_json::json;

async fn all(basalt: &Basalt) -> Vec<Prompt> {
    let call = |number: usize| {
        let (basalt, slug) = (basalt.clone(), format!("p{}", number % 10));
        tokio::spawn(async move { basalt.prompts().get(slug).await.unwrap() })
    };
    join_all((0..1000).map(call)).await.into_iter().map(Result::unwrap).collect()
}

/// One test, because the warning is said to the whole process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_make_ten_requests_and_are_answered_when_the_api_is_gone() {
    let lines = Lines::listen();
    let mut server = ApiServer::start();
    for number in 0..10 {
        let prompt = json!({"prompt": {"slug": format!("p{number}"), "version": "1", "text": "Hello"}});
        let reply = Reply::json(200, &prompt).after(Duration::from_millis(200));
        server.route("GET", &format!("/prompts/p{number}"), [reply]);
    }
    let builder = || Basalt::builder().enabled(false).api_key("k").api_url(server.url()).api_attempts(1);
    let kept = builder().build().unwrap();
    let expiring = builder().prompt_ttl(Duration::ZERO).build().unwrap();

    assert_eq!(all(&kept).await.iter().filter(|prompt| !prompt.from_cache()).count(), 10);
    assert_eq!(server.asked().len(), 10);
    assert!(all(&kept).await.iter().all(|prompt| prompt.from_cache() && !prompt.is_stale()));
    assert_eq!(server.asked().len(), 10, "and none more while they are fresh");
    all(&expiring).await;

    server.stop();
    let answers = all(&expiring).await;
    assert!(answers.iter().all(|prompt| prompt.is_stale() && prompt.text() == "Hello"));
    assert!(all(&kept).await.iter().all(|prompt| !prompt.is_stale()), "what is fresh is fresh");
    assert_eq!(lines.all().len(), 1, "{:?}", lines.all());
    assert_eq!(lines.with("prompts are answered from memory"), 1);
}
