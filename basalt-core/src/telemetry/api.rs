//! Configuration in code of the Basalt API, for its client.

use std::time::Duration;

use super::{BuildError, Builder};
use crate::{
    client::{ApiUrl, Target},
    secret::{Secret, without_secrets},
    tls::Provider,
};

/// What code says of the API, unchecked.
#[derive(Debug, Default)]
pub(super) struct Api {
    url: Option<String>,
    timeout: Option<Duration>,
    attempts: Option<u32>,
    prompt_ttl: Option<Duration>,
}

impl Builder {
    /// Where Basalt's API is, for experiments, prompts and datasets. `BASALT_API_URL` wins over it. Defaults to
    /// `https://api.getbasalt.ai`.
    pub fn api_url(mut self, url: impl Into<String>) -> Self {
        self.api.url = Some(url.into());
        self
    }

    /// How long one attempt of a request to the API may take, and a pause that the API asks for between two. Defaults
    /// to 10 seconds, at least a millisecond.
    pub fn api_timeout(mut self, timeout: Duration) -> Self {
        self.api.timeout = Some(timeout);
        self
    }

    /// How often a request to the API is tried in all, if it only reads: after lost connections and 429, 502, 503 and
    /// 504, with longer and longer pauses from half a second, or as the API says. What writes is sent once. Defaults
    /// to 3, at least 1.
    pub fn api_attempts(mut self, attempts: u32) -> Self {
        self.api.attempts = Some(attempts);
        self
    }

    /// How long a prompt is answered from memory before the API is asked again. Defaults to 5 minutes.
    pub fn prompt_ttl(mut self, ttl: Duration) -> Self {
        self.api.prompt_ttl = Some(ttl);
        self
    }
}

impl Api {
    pub(super) fn target(
        self,
        key: Option<Secret>,
        env_url: Option<ApiUrl>,
        provider: Provider,
    ) -> Result<Target, BuildError> {
        let usual = Target::default();
        let checked = |url: String| match ApiUrl::parse(&url) {
            Ok(url) => Ok(url),
            Err(reason) => Err(BuildError::ApiUrl { url: without_secrets(&url), reason }),
        };
        let code_url = self.url.map(checked).transpose()?;
        let (timeout, attempts) =
            (self.timeout.unwrap_or(usual.timeout), self.attempts.unwrap_or(usual.attempts));
        if timeout < Duration::from_millis(1) {
            return Err(BuildError::Limit { option: "api_timeout (in milliseconds)", least: 1 });
        }
        if attempts == 0 {
            return Err(BuildError::Limit { option: "api_attempts", least: 1 });
        }
        let url = env_url.or(code_url);
        let prompt_ttl = self.prompt_ttl.unwrap_or(usual.prompt_ttl);
        let target = Target { url, key, timeout, attempts, prompt_ttl, provider };
        let secure = target.base().is_ok_and(|base| base.is_secure());
        if secure && target.key.is_some() && target.provider.is_missing() {
            return Err(BuildError::CryptoProvider { needed_by: "the Basalt API".to_owned() });
        }
        Ok(target)
    }
}
