//! The same small service on every front, under the same layer: what differs then is the front's doing.

mod actix;
mod request;
mod tower;

use std::{collections::BTreeMap, net::SocketAddr};

use actix_web::App;
use basalt_actix::BasaltMiddleware;
use basalt_core::{Basalt, CaptureHttp, HeaderIdentity, testing::Recorder};
use basalt_tower::BasaltLayer;
use opentelemetry_sdk::trace::SpanData;
use tokio::sync::Notify;

use crate::{actix_server::ActixServer, observed::recording, server::Server};
pub use request::{Leave, Request};

/// Told whenever a handler waits for its client to leave.
pub static WAITING: Notify = Notify::const_new();

/// The header that numbers requests, so that their spans can be told apart.
pub const NUMBER: &str = "x-number";

/// Both services, running.
#[derive(Debug)]
pub struct Twins {
    /// axum.
    pub tower: Twin<Server>,
    /// actix-web.
    pub actix: Twin<ActixServer>,
}

/// One service, and where its spans go.
#[derive(Debug)]
pub struct Twin<S> {
    /// The server.
    pub server: S,
    /// Its telemetry.
    pub basalt: Basalt,
    /// Its spans.
    pub recorder: Recorder,
}

/// The options of the layer, whatever the front.
macro_rules! options {
    ($layer:expr) => {
        $layer
            .identity_from_headers(HeaderIdentity::default())
            .session_header("x-session-id")
            .experiment_header("x-experiment-id")
            .trusted_proxies(["127.0.0.0/8", "10.0.0.0/8"])
            .exclude(["/health", "/static/*"])
            .capture(
                CaptureHttp::default()
                    .request_headers([NUMBER, "accept", "authorization"])
                    .response_headers(["x-answer"])
                    .request_body(1_000)
                    .response_body(1_000),
            )
    };
}

impl Twins {
    /// Starts both.
    pub async fn start() -> Self {
        let (basalt, recorder) = recording();
        let router = tower::router().layer(options!(BasaltLayer::new(&basalt, "web")));
        let tower = Twin { server: Server::start(router).await, basalt, recorder };

        let (basalt, recorder) = recording();
        let middleware = options!(BasaltMiddleware::new(&basalt, "web"));
        let app = move || App::new().configure(actix::routes).wrap(middleware.clone());
        let actix = Twin { server: ActixServer::start(app).await, basalt, recorder };
        Self { tower, actix }
    }

    /// Where axum and actix-web listen.
    #[must_use]
    pub fn addresses(&self) -> [SocketAddr; 2] {
        [self.tower.server.address(), self.actix.server.address()]
    }

    /// Stops both, and returns the spans of axum's and of actix-web's.
    pub async fn stop(self) -> [Vec<SpanData>; 2] {
        self.tower.server.stop().await;
        self.actix.server.stop().await;
        self.tower.basalt.shutdown().await.unwrap();
        self.actix.basalt.shutdown().await.unwrap();
        [self.tower.recorder.spans(), self.actix.recorder.spans()]
    }
}

/// The same services without any layer.
#[derive(Debug)]
pub struct Bare {
    tower: Server,
    actix: ActixServer,
}

impl Bare {
    /// Starts both.
    pub async fn start() -> Self {
        let actix = ActixServer::start(|| App::new().configure(actix::routes)).await;
        Self { tower: Server::start(tower::router()).await, actix }
    }

    /// Where axum and actix-web listen.
    #[must_use]
    pub fn addresses(&self) -> [SocketAddr; 2] {
        [self.tower.address(), self.actix.address()]
    }
}

/// A span as far as both fronts must agree on it: not on ports, and of the type of a body's error only that there
/// is one, since each framework has its own.
#[must_use]
pub fn described(span: &SpanData) -> BTreeMap<String, String> {
    let mut described: BTreeMap<String, String> = span
        .attributes
        .iter()
        .filter(|attribute| attribute.key.as_str() != "network.peer.port")
        .map(|attribute| (attribute.key.to_string(), format!("{:?}", attribute.value)))
        .collect();
    let body_error =
        described.get("basalt.http.outcome").is_some_and(|outcome| outcome.contains("body_error"));
    if let Some(kind) = described.get_mut("error.type").filter(|_| body_error) {
        *kind = "(some)".to_owned();
    }
    described.insert("(name)".to_owned(), span.name.to_string());
    described.insert("(kind)".to_owned(), format!("{:?}", span.span_kind));
    described.insert("(status)".to_owned(), format!("{:?}", span.status));
    described.insert("(remote parent)".to_owned(), span.parent_span_is_remote.to_string());
    described
}
