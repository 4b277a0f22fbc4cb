//! The API, as all its operations share it.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
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

/// The connection to the API of one program: opened with the first request. What cannot be started, or has ended, is started
/// again by the next one.
pub struct Api {
    target: Target,
    /// None until the first request.
    transport: Mutex<Option<Arc<Transport>>>,
    pub(super) prompts: Cache,
}

impl Api {
    pub(crate) fn new(target: Target) -> Arc<Self> {
        let prompts = Cache::new(target.prompt_ttl);
        Arc::new(Self { target, transport: Mutex::default(), prompts })
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
        self.transport().is_ok_and(|transport| transport.is_secure())
    }

    /// The one that runs, or a new one.
    fn transport(&self) -> Result<Arc<Transport>, ApiError> {
        let mut transport = self.transport.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = transport.as_ref().filter(|transport| !transport.has_ended()) {
            return Ok(Arc::clone(running));
        }
        let started = Arc::new(Transport::start(&self.target)?);
        *transport = Some(Arc::clone(&started));
        Ok(started)
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("target", &self.target).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_whose_thread_has_ended_starts_another_one() {
        let target = Target { key: Some("key".to_owned().into()), ..Target::default() };
        let api = Api::new(target.clone());
        *api.transport.lock().unwrap() = Some(Arc::new(Transport::ended(&target)));
        let first = api.transport().unwrap();
        assert!(!first.has_ended());
        assert!(Arc::ptr_eq(&first, &api.transport().unwrap()), "one is enough");
    }
}
