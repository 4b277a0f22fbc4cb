//! From whatever runtime, and from none.

use basalt_core::Basalt;

use super::{KEY, client, serving};

#[test]
fn without_a_runtime_calls_block() {
    let server = serving("Hello {{ who }}");
    let (basalt, _) = client(&server, |builder| builder);
    let prompt = basalt.prompts().get("greeter").variable("who", "Ann").blocking().unwrap();
    assert_eq!(prompt.text(), "Hello Ann");
}

#[tokio::test(flavor = "current_thread")]
async fn blocking_on_the_only_thread_of_a_runtime_comes_back() {
    let server = serving("Hello");
    let (basalt, _) = client(&server, |builder| builder);
    assert_eq!(basalt.prompts().get("greeter").blocking().unwrap().text(), "Hello");
}

#[test]
fn connections_outlive_the_runtime_that_has_opened_them() {
    let server = serving("Hello");
    let (basalt, _) = client(&server, |builder| builder);
    for _ in 0..3 {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(basalt.prompts().get("greeter").cache(false).into_future()).unwrap();
    }
    let executor = futures_util::future::FutureExt::now_or_never;
    assert!(
        executor(basalt.prompts().get("greeter").cache(false).into_future()).is_none(),
        "without a runtime too"
    );
    assert!(server.asked().len() >= 3);
}

#[test]
fn everything_works_with_telemetry_off_and_after_shutdown() {
    let server = serving("Hello");
    let off = Basalt::builder().enabled(false).api_key(KEY).api_url(server.url()).build().unwrap();
    assert_eq!(off.prompts().get("greeter").blocking().unwrap().text(), "Hello");
    let (basalt, _) = client(&server, |builder| builder);
    basalt.shutdown_blocking().unwrap();
    assert_eq!(basalt.prompts().get("greeter").blocking().unwrap().text(), "Hello");
}
