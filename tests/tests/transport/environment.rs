//! What the environment of a process does: its proxies, and the system's root certificates.

use std::{env, process::Command, time::Duration};

use basalt_core::Basalt;
use basalt_tests::{
    api_server::{ApiServer, Reply},
    collector::Collector,
};
use serde_json::json;

use super::{Authority, Encrypted};
use crate::{
    encrypted::Terms,
    proxy::{Answer, Proxy},
};

const PROXIES: [&str; 8] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
];

/// Runs `probe` in an environment; what it says.
async fn in_environment(variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "environment::probe", "--nocapture"]).env("PROBE", "1");
    PROXIES.iter().for_each(|name| {
        command.env_remove(name);
    });
    command.envs(variables.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Not a test by itself: sends a span and asks for a prompt, as the environment has it.
#[test]
fn probe() {
    if env::var_os("PROBE").is_none() {
        return;
    }
    let basalt = Basalt::builder().api_timeout(Duration::from_secs(5)).api_attempts(1).build().unwrap();
    basalt.start_observe("f", "a").start().end();
    println!("span: {:?}", basalt.flush_blocking(Duration::from_secs(5)));
    println!(
        "prompt: {:?}",
        basalt.prompts().get("greeter").blocking().map(|prompt| prompt.text().to_owned())
    );
}

/// Everything behind TLS: a collector and the API.
struct Behind {
    collector: Collector,
    api: ApiServer,
    fronts: [Encrypted; 2],
    roots: tempfile::NamedTempFile,
}

async fn behind(names: &[&str]) -> Behind {
    let authority = Authority::new();
    let collector = Collector::start().await;
    let api = ApiServer::start();
    let prompt = json!({"prompt": {"slug": "greeter", "version": "1", "text": "Hello", "systemText": "",
        "model": {"provider": "a", "model": "b", "version": null, "parameters": {}}}, "warning": null});
    api.route("GET", "/prompts/greeter", [Reply::json(200, &prompt)]);
    let front = |address| Encrypted::start(address, Terms::new(authority.identity(names)));
    let fronts = [front(collector.address()).await, front(api.address()).await];
    let roots = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(roots.path(), authority.pem()).unwrap();
    Behind { collector, api, fronts, roots }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_systems_roots_are_trusted_for_collectors_and_for_the_api() {
    let behind = behind(&["localhost"]).await;
    let [endpoint, api] =
        behind.fronts.each_ref().map(|front| format!("https://localhost:{}", front.address().port()));
    let variables = [
        ("SSL_CERT_FILE", behind.roots.path().to_str().unwrap()),
        ("BASALT_OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        ("BASALT_API_URL", &api),
        ("BASALT_API_KEY", "k-1"),
        // This machine is reached directly.
        ("ALL_PROXY", "http://127.0.0.1:1"),
    ];
    let said = in_environment(&variables).await;
    assert!(said.contains("span: Ok(())") && said.contains(r#"prompt: Ok("Hello")"#), "{said}");
    assert_eq!(behind.collector.spans().len(), 1);
    assert_eq!(behind.api.asked()[0].headers["authorization"], "Bearer k-1");
    let empty = tempfile::NamedTempFile::new().unwrap();
    let nowhere = tempfile::tempdir().unwrap();
    let mut variables = variables.to_vec();
    variables[0].1 = empty.path().to_str().unwrap();
    variables.push(("SSL_CERT_DIR", nowhere.path().to_str().unwrap()));
    let said = in_environment(&variables).await;
    assert_eq!(said.matches("this system has no root certificates").count(), 2, "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proxies_of_the_environment_lead_to_collectors_and_to_the_api() {
    for (endpoint, port) in
        [("https://collector.test/v1/traces", 443), ("https://grpc.collector.test:4317", 4317)]
    {
        let behind = behind(&["collector.test", "grpc.collector.test", "api.test"]).await;
        let [collector, api] = behind.fronts.each_ref().map(Encrypted::address);
        let (to_collector, to_api) =
            (Proxy::start(Answer::Lead(collector)).await, Proxy::start(Answer::Lead(api)).await);
        let variables = |https: String| {
            [
                ("SSL_CERT_FILE".to_owned(), behind.roots.path().to_str().unwrap().to_owned()),
                ("BASALT_OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), endpoint.to_owned()),
                ("BASALT_API_URL".to_owned(), "https://api.test".to_owned()),
                ("BASALT_API_KEY".to_owned(), "k-1".to_owned()),
                ("HTTPS_PROXY".to_owned(), https),
            ]
        };
        for (proxy, host) in
            [(&to_collector, format!("collector.test:{port}")), (&to_api, "api.test:443".to_owned())]
        {
            let variables = variables(proxy.url());
            let variables: Vec<_> = variables.iter().map(|(name, value)| (&**name, &**value)).collect();
            let said = in_environment(&variables).await;
            let heads = proxy.heads().join("");
            assert!(heads.contains(&host) && heads.contains("CONNECT ") && !heads.contains("k-1"), "{heads}");
            assert!(said.contains("span: Ok(())") || said.contains(r#"prompt: Ok("Hello")"#), "{said}");
            let direct = [variables.as_slice(), &[("NO_PROXY", "collector.test,api.test")]].concat();
            let before = proxy.heads().len();
            let said = in_environment(&direct).await;
            assert!(!said.contains("span: Ok(())"), "nobody is called collector.test: {said}");
            assert_eq!(proxy.heads().len(), before, "`NO_PROXY` holds");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_of_another_kind_is_told_of_and_nothing_goes_past_it() {
    let said = in_environment(&[
        ("BASALT_OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.test"),
        ("ALL_PROXY", "socks5://ann:s3cret@127.0.0.1:1080"),
    ])
    .await;
    assert!(said.contains("`HTTPS_PROXY`") && !said.contains("s3cret"), "{said}");
}
