//! Names that could lead elsewhere, and keys that could.

use basalt_core::{
    Basalt, BuildError,
    client::{DatasetError, ExperimentError, PromptError},
};
use basalt_tests::api_server::ApiServer;

use super::client;

#[tokio::test]
async fn names_that_cannot_be_ones_are_refused_and_nothing_is_sent() {
    let server = ApiServer::start();
    let (basalt, _) = client(&server, |builder| builder);
    let long = "a".repeat(10 * 1024);
    for slug in ["", "  ", ".", "..", "a\r\nx-admin: 1", "a\0b", &long] {
        let prompts = basalt.prompts();
        assert!(matches!(prompts.get(slug).await, Err(PromptError::Name(_))), "{slug:?}");
        assert!(matches!(prompts.describe(slug).await, Err(PromptError::Name(_))));
        assert!(matches!(prompts.publish(slug, "prod").await, Err(PromptError::Name(_))));
        assert!(matches!(prompts.publish("greeter", slug).await, Err(PromptError::Name(_))));
        assert!(matches!(basalt.datasets().get(slug).await, Err(DatasetError::Name(_))));
        assert!(matches!(basalt.datasets().add_row(slug).await, Err(DatasetError::Name(_))));
        assert!(matches!(basalt.experiments().create(slug, "n").await, Err(ExperimentError::Name(_))));
    }
    assert!(matches!(basalt.prompts().get("a").version("1\n2").await, Err(PromptError::Name(_))));
    assert!(matches!(basalt.prompts().get("a").tag(long).await, Err(PromptError::Name(_))));
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn odd_names_stay_one_segment() {
    let server = ApiServer::start();
    let (basalt, _) = client(&server, |builder| builder);
    for (slug, path) in [
        ("../x?y#z", "/prompts/..%2Fx%3Fy%23z?version=a%26b%3Dc"),
        ("größe", "/prompts/gr%C3%B6%C3%9Fe?version=a%26b%3Dc"),
        ("a%2e%2e/b", "/prompts/a%252e%252e%2Fb?version=a%26b%3Dc"),
    ] {
        let missing = basalt.prompts().get(slug).version("a&b=c").await.unwrap_err();
        assert_eq!(missing.status(), Some(404));
        assert_eq!(server.asked().last().unwrap().path, path);
    }
}

#[test]
fn keys_and_urls_that_cannot_be_ones_are_refused_at_the_start() {
    for key in ["sk-1\n", "sk 1", "", "schlüssel"] {
        assert!(matches!(Basalt::builder().api_key(key).build(), Err(BuildError::ApiKey)), "{key:?}");
    }
    for url in ["api.getbasalt.ai", "ftp://h", "http://u:p@h", "http://h/?key=1"] {
        let refused = Basalt::builder().api_url(url).build().unwrap_err().to_string();
        assert!(refused.starts_with("`api_url`: ") && refused.contains("write it as"), "{refused}");
    }
    assert!(Basalt::builder().api_attempts(0).build().is_err());
    assert!(Basalt::builder().api_timeout(std::time::Duration::ZERO).build().is_err());
}

#[test]
fn without_a_key_nothing_is_sent() {
    let server = ApiServer::start();
    let basalt = Basalt::builder().enabled(false).api_url(server.url()).build().unwrap();
    let error = basalt.prompts().get("greeter").blocking().unwrap_err();
    assert!(error.to_string().contains("BASALT_API_KEY"), "{error}");
    assert!(server.asked().is_empty());
}
