//! What can go wrong at the start.

use thiserror::Error;

use crate::{InvalidValue, export::StartError};

/// Why [`Builder::build`](crate::Builder::build) refused a configuration. Each names the option and the cure.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The endpoint is no URL of a collector, or one that this build cannot reach.
    #[error("`endpoint`: `{endpoint}` {reason}; write it as http://host:4317 or https://host/v1/traces")]
    Endpoint {
        /// As it was given.
        endpoint: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The URL of Basalt's API is none, or one that this build cannot reach.
    #[error("`api_url`: `{url}` {reason}; write it as https://api.example.com")]
    ApiUrl {
        /// As it was given, without a password and a query.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An `https` endpoint needs TLS, and the program has no crypto provider for it.
    #[error(
        "{needed_by} is reached by https, and there is no crypto provider for TLS: enable the feature `tls-ring` or \
         `tls-aws-lc` of the Basalt crate, or give one with `Builder::crypto_provider`"
    )]
    CryptoProvider {
        /// The destination, or the Basalt API.
        needed_by: String,
    },
    /// The API key cannot travel in a header.
    #[error("`api_key`: it has characters that no HTTP header can carry: check for line breaks and blanks")]
    ApiKey,
    /// A header cannot be sent.
    #[error("`header`: `{name}` is no HTTP header, or its value has characters that none can carry")]
    Header {
        /// Its name; the value may be secret.
        name: String,
    },
    /// Two destinations are called the same.
    #[error("`destination`: two of them are called `{name}`; give one another name with `Otlp::name`")]
    SameName {
        /// The name.
        name: String,
    },
    /// A limit leaves no room.
    #[error("`{option}`: it must be at least {least}")]
    Limit {
        /// The option.
        option: &'static str,
        /// The least it may be.
        least: usize,
    },
    /// The evaluation rate is no probability.
    #[error("`evaluation_rate`: {0}")]
    EvaluationRate(#[from] InvalidValue),
    /// Delivery could not be started.
    #[error(transparent)]
    Delivery(#[from] StartError),
}
