//! Servers, and the requests that are sent to them.

use std::net::SocketAddr;

use actix_web::{App, middleware::from_fn};
use basalt_core::{Basalt, testing::Recorder};
use serde_json::{Value, json};

use super::{
    Front, actix, observed,
    program::{Leave, Program, Stop},
    routes, tower, wire,
};
use crate::{
    actix_server::ActixServer,
    client::{Answer, Client},
    server::Server,
    wait,
};

/// Serves, asks, and gathers what came out.
pub(super) async fn replay(vector: &Value, front: Front) -> Result<Value, Stop> {
    let stop = |leave| match leave {
        Leave::Stop(stop) => stop,
        failed @ Leave::Failed { .. } => Stop::Broken(failed.to_string()),
    };
    let recorder = Recorder::new();
    let builder = wire::configured(&vector["telemetry"]).map_err(stop)?.exporter(recorder.clone());
    let basalt = builder.build().map_err(|error| Stop::Broken(error.to_string()))?;
    let program = Program::new();
    *program.basalt.lock().unwrap() = Some(basalt.clone());

    let server = match front {
        Front::Tower => Serving::Tower(Server::start(tower::router(vector, &program).map_err(stop)?).await),
        Front::Actix => {
            let middleware = actix::middleware(&vector["layer"], &program).map_err(stop)?;
            let (vector, auth) = (vector.clone(), vector["layer"]["auth"] == true);
            let app = move || {
                App::new()
                    .configure(|config| actix::routes(&vector, &program, config))
                    .wrap(middleware.clone())
                    .wrap(from_fn(move |request, next| actix::auth(auth, request, next)))
            };
            Serving::Actix(ActixServer::start(app).await)
        }
    };
    let replay = Replay { basalt, recorder, address: server.address() };
    replay.requests(vector).await.map_err(Stop::Broken)?;

    let expected = vector["expect"]["spans"].as_array().map_or(0, Vec::len);
    wait::for_spans(&replay.basalt, &replay.recorder, expected).await;
    server.stop().await;
    replay.basalt.shutdown().await.map_err(|error| Stop::Broken(error.to_string()))?;
    Ok(json!({ "spans": observed::spans(&replay.recorder.spans()) }))
}

enum Serving {
    Tower(Server),
    Actix(ActixServer),
}

impl Serving {
    fn address(&self) -> SocketAddr {
        match self {
            Self::Tower(server) => server.address(),
            Self::Actix(server) => server.address(),
        }
    }

    async fn stop(self) {
        match self {
            Self::Tower(server) => server.stop().await,
            Self::Actix(server) => server.stop().await,
        }
    }
}

struct Replay {
    basalt: Basalt,
    recorder: Recorder,
    address: SocketAddr,
}

impl Replay {
    async fn requests(&self, vector: &Value) -> Result<(), String> {
        let mut shared = None;
        for request in vector["requests"].as_array().into_iter().flatten() {
            let mut client = match shared.take() {
                Some(client) => client,
                None => Client::connect(self.address).await,
            };
            client.send(&self.bytes(request)?).await;
            if let Some(abort) = request["abort"].as_str() {
                self.leave(client, abort).await?;
                continue;
            }
            let answer = client.answer(request["method"].as_str().unwrap_or_default()).await;
            check(&request["expect"], answer.ok())?;
            if vector["connection"] == "shared" {
                shared = Some(client);
            }
        }
        Ok(())
    }

    /// Leaves when it is told, and waits until the server has noticed.
    async fn leave(&self, mut client: Client, when: &str) -> Result<(), String> {
        let before = self.recorder.spans().len();
        match when {
            "before_response" => routes::STALLED.notified().await,
            "after_first_chunk" => {
                client.head().await.map_err(|error| error.to_string())?;
                client.chunk().await.map_err(|error| error.to_string())?;
            }
            other => return Err(format!("no such moment to leave: {other}")),
        }
        client.reset();
        wait::for_spans(&self.basalt, &self.recorder, before + 1).await;
        Ok(())
    }

    fn bytes(&self, request: &Value) -> Result<Vec<u8>, String> {
        let text = |key: &str| request[key].as_str().unwrap_or_default();
        let version = request["version"].as_str().unwrap_or("1.1");
        let mut bytes = format!("{} {} HTTP/{version}\r\n", text("method"), text("target")).into_bytes();

        let given: Vec<(&str, &str)> = request["headers"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|pair| (pair[0].as_str().unwrap_or_default(), pair[1].as_str().unwrap_or_default()))
            .collect();
        let without =
            |name: &str| request["without"].as_array().is_some_and(|out| out.iter().any(|out| out == name));
        let missing =
            |name: &str| !without(name) && !given.iter().any(|(header, _)| header.eq_ignore_ascii_case(name));
        let host = self.address.to_string();
        let mut headers = Vec::new();
        if missing("host") {
            headers.push(("host", host.as_str()));
        }
        if missing("user-agent") {
            headers.push(("user-agent", "basalt-vectors/1"));
        }
        headers.extend(given);
        let body = text("body");
        let length = body.len().to_string();
        if !body.is_empty() {
            headers.push(("content-length", length.as_str()));
        }
        for (name, value) in headers {
            bytes.extend(name.as_bytes());
            bytes.extend(b": ");
            bytes.extend(raw(value)?);
            bytes.extend(b"\r\n");
        }
        bytes.extend(b"\r\n");
        bytes.extend(body.as_bytes());
        Ok(bytes)
    }
}

/// `{{bytes:HEX}}` stands for raw bytes.
fn raw(value: &str) -> Result<Vec<u8>, String> {
    let Some((before, rest)) = value.split_once("{{bytes:") else { return Ok(value.as_bytes().to_vec()) };
    let (hex, after) = rest.split_once("}}").ok_or("unclosed bytes")?;
    let mut bytes = before.as_bytes().to_vec();
    for pair in hex.as_bytes().chunks(2) {
        let pair = std::str::from_utf8(pair).map_err(|error| error.to_string())?;
        bytes.push(u8::from_str_radix(pair, 16).map_err(|error| error.to_string())?);
    }
    bytes.extend(raw(after)?);
    Ok(bytes)
}

fn check(expect: &Value, answer: Option<Answer>) -> Result<(), String> {
    let Some(answer) = answer else {
        let closed = expect.is_null() || expect["closed"] == true;
        return if closed { Ok(()) } else { Err("the server closed the connection".to_owned()) };
    };
    if let Some(status) = expect["status"].as_u64()
        && u64::from(answer.status) != status
    {
        return Err(format!("the answer's status is {}, expected {status}", answer.status));
    }
    if let Some(body) = expect["body"].as_str()
        && answer.text() != body
    {
        return Err(format!("the answer's body is {:?}, expected {body:?}", answer.text()));
    }
    for (name, value) in expect["headers"].as_object().into_iter().flatten() {
        let got = answer.header(name);
        if got.is_none() || (value != "{{any}}" && value != got.unwrap_or_default()) {
            return Err(format!("the answer's header {name} is {got:?}, expected {value}"));
        }
    }
    if expect["closed"] == true {
        return Err("the server answered instead of closing the connection".to_owned());
    }
    Ok(())
}
