//! The Basalt API over real connections: what is asked, what is answered, and what the spans tell of it.

mod answers;
mod files;
mod names;
mod prompts;
mod runtimes;

use basalt_core::{Basalt, Builder, client::Prompt, testing::Recorder};
use basalt_tests::api_server::{ApiServer, Reply};
use serde_json::{Value, json};

/// Nobody may ever see it.
const KEY: &str = "sk-4711-do-not-tell";

/// A client of the server, and where its spans end.
fn client(server: &ApiServer, configure: impl FnOnce(Builder) -> Builder) -> (Basalt, Recorder) {
    let recorder = Recorder::new();
    let builder = Basalt::builder().exporter(recorder.clone()).api_key(KEY).api_url(server.url());
    (configure(builder).build().unwrap(), recorder)
}

/// A prompt as the API tells it.
fn greeter(text: &str) -> Value {
    json!({
        "prompt": {
            "slug": "greeter", "version": "3.1", "tag": "prod", "text": text, "systemText": "Be {{ tone }}.",
            "model": {"provider": "acme-ai", "model": "mini-2", "version": null,
                "parameters": {"temperature": 0.2, "maxLength": 64, "responseFormat": "text"}}
        },
        "warning": null
    })
}

/// A server that knows it.
fn serving(text: &str) -> ApiServer {
    let server = ApiServer::start();
    server.route("GET", "/prompts/greeter", [Reply::json(200, &greeter(text))]);
    server
}

fn texts(prompt: &Prompt) -> (&str, &str) {
    (prompt.text(), prompt.system_text())
}
