//! The API, as all its operations share it.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use http::HeaderMap;
use serde::de::DeserializeOwned;

use super::{
    ApiError, Target,
    ask::{Ask, too_long},
    cache::Cache,
    errand::Outgoing,
    reply::Reply,
    transport::Transport,
};

/// The connection to the API of one program: opened with the first request.
pub struct Api {
    target: Target,
    transport: OnceLock<Result<Transport, ApiError>>,
    pub(super) prompts: Cache,
}

impl Api {
    pub(crate) fn new(target: Target) -> Arc<Self> {
        let prompts = Cache::new(target.prompt_ttl);
        Arc::new(Self { target, transport: OnceLock::new(), prompts })
    }

    /// Asks, inside a span where there is a trace, and reads the answer.
    pub(super) async fn ask<T: DeserializeOwned>(&self, ask: Ask) -> Result<T, ApiError> {
        let transport = self.transport()?;
        let url = transport.url(&ask.path).ok_or_else(too_long)?;
        ask.observed(url, |outgoing| async move {
            let reply = transport.send(outgoing).await?;
            reply.remark();
            Ok((reply.json()?, reply.status))
        })
        .await
    }

    /// Sends what is not for the API itself, and without its key.
    pub(super) async fn carry(&self, outgoing: Outgoing) -> Result<Reply, ApiError> {
        self.transport()?.carry(outgoing, HeaderMap::new()).await
    }

    /// Whether what is for the API travels encrypted.
    pub(super) fn is_secure(&self) -> bool {
        self.transport().is_ok_and(Transport::is_secure)
    }

    fn transport(&self) -> Result<&Transport, ApiError> {
        let transport = self.transport.get_or_init(|| Transport::start(&self.target));
        transport.as_ref().map_err(Clone::clone)
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("target", &self.target).finish_non_exhaustive()
    }
}
