//! What the routes of an HTTP vector do, whatever the framework.

use std::{io, sync::Arc, time::Duration};

use basalt_core::{Identify, Identity, ObserveKind, RootSpan, observe};
use bytes::Bytes;
use futures_util::Stream;
use serde_json::Value;
use tokio::sync::Notify;

use super::{
    handle::Handle,
    program::{Frame, Program},
};

/// Told whenever a handler has begun to stall.
pub(super) static STALLED: Notify = Notify::const_new();

/// What a handler answers.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Answer,
}

/// A body.
pub(super) enum Answer {
    Whole(String),
    Chunks(Vec<Value>, Box<Frame>),
}

/// Runs the steps of a route. `echo` is what the request said, if the route wants to know.
pub(super) async fn handle(
    spec: Arc<Value>,
    program: Arc<Program>,
    request: RootSpan,
    echo: Option<String>,
) -> Reply {
    let frame = Frame::new(&program).inside(Handle::Root(request), Some("request"));
    if let Err(error) = frame.clone().run(spec["do"].clone()).await {
        panic!("the handler's steps failed: {error}");
    }
    let respond = &spec["respond"];
    if let Some(message) = respond["panic"].as_str() {
        panic!("{message}");
    }
    if let Some(stall) = respond["stall"].as_u64() {
        STALLED.notify_one();
        tokio::time::sleep(Duration::from_millis(stall)).await;
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let pairs = respond["headers"].as_array().into_iter().flatten();
    Reply {
        status: respond["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(200),
        headers: pairs.map(|pair| (text(&pair[0]), text(&pair[1]))).collect(),
        body: match (echo, respond["chunks"].as_array()) {
            (Some(echo), _) => Answer::Whole(echo),
            (None, Some(chunks)) => Answer::Chunks(chunks.clone(), Box::new(frame)),
            (None, None) => Answer::Whole(text(&respond["body"])),
        },
    }
}

/// Something that a route wants beside its steps and its answer; vectors say it in either place.
pub(super) fn wish<'v>(spec: &'v Value, name: &str) -> Option<&'v Value> {
    spec.get(name).or_else(|| spec["respond"].get(name))
}

/// What the test's auth middleware vouches for, and its extractor.
#[derive(Debug, Clone)]
pub(super) struct Verified(Identity);

impl Verified {
    /// Reads `x-test-auth: user[/organization]`.
    pub(super) fn of(claim: &str) -> Self {
        Self(match claim.split_once('/') {
            Some((user, organization)) => Identity::user(user).organization(organization),
            None => Identity::user(claim),
        })
    }
}

impl Identify for Verified {
    fn identity(&self) -> Identity {
        self.0.clone()
    }
}

/// A chunk is a text, an error, or steps and a text; a span that a chunk opens stays open for the rest.
pub(super) fn stream(
    chunks: Vec<Value>,
    frame: Frame,
) -> impl Stream<Item = Result<Bytes, io::Error>> + Send {
    let chunks = chunks.into_iter();
    futures_util::stream::unfold((chunks, frame, Vec::new()), |(mut chunks, frame, mut open)| async move {
        let chunk = chunks.next()?;
        if let Some(text) = chunk.as_str() {
            return Some((Ok(Bytes::from(text.to_owned())), (chunks, frame, open)));
        }
        if let Some(gap) = chunk["gap_ms"].as_u64() {
            tokio::time::sleep(Duration::from_millis(gap)).await;
        }
        if let Some(message) = chunk["error"].as_str() {
            return Some((Err(io::Error::other(message.to_owned())), (chunks, frame, open)));
        }
        if let Err(error) = frame.clone().run(chunk["do"].clone()).await {
            panic!("a chunk's steps failed: {error}");
        }
        if let Some(step) = chunk.get("open") {
            open.push(opened(step, &frame));
        }
        let text = chunk["text"].as_str().unwrap_or_default().to_owned();
        Some((Ok(Bytes::from(text)), (chunks, frame, open)))
    })
}

fn opened(step: &Value, frame: &Frame) -> Handle {
    let name = step["name"].as_str().unwrap_or_default().to_owned();
    let handle = match step["kind"].as_str().unwrap_or("span").parse().unwrap() {
        ObserveKind::Generation => Handle::Generation(observe::generation(name).start()),
        kind => Handle::Plain(observe::observe(name).kind(kind).start()),
    };
    let frame = frame.inside(handle.clone(), None);
    for action in step["do"].as_array().into_iter().flatten() {
        if let Err(error) = frame.act(action) {
            panic!("the steps of an open span failed: {error}");
        }
    }
    handle
}
