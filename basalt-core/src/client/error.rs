//! What can go wrong between here and the API.

use std::borrow::Cow;

use thiserror::Error;

use super::{InvalidAttachment, InvalidName, TemplateError};
use crate::InvalidValue;

/// Why a request to the Basalt API has no answer that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ApiError {
    /// Nothing was sent: nobody would know for whom.
    #[error("there is no API key: set `BASALT_API_KEY`, or `Builder::api_key`")]
    NoApiKey,
    /// Nothing was sent: the requests could not be prepared.
    #[error("the client of the Basalt API cannot be started: {reason}")]
    Unavailable {
        /// What is missing.
        reason: String,
    },
    /// The API has answered with a status of 400 or above.
    #[error("the Basalt API answers {status}: {message}{}", cure(*status))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What the API says, at most 1 KiB of it.
        message: String,
    },
    /// No answer, or one that broke off: connections failed, or the time was up.
    #[error("the Basalt API cannot be reached: {reason}; check `BASALT_API_URL` and the network")]
    Unreachable {
        /// How often it was tried.
        attempts: u32,
        /// What happened last.
        reason: String,
    },
    /// An answer that is not the API's: no JSON, another shape, too long, a redirect.
    #[error("the Basalt API answers {status}, and the answer cannot be used: {reason}")]
    Unusable {
        /// The HTTP status.
        status: u16,
        /// What is wrong with it.
        reason: String,
    },
}

impl ApiError {
    /// The HTTP status; none where nothing was answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } | Self::Unusable { status, .. } => Some(*status),
            Self::NoApiKey | Self::Unavailable { .. } | Self::Unreachable { .. } => None,
        }
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Refused { status, .. } => matches!(status, 408 | 429 | 500..=599),
            Self::Unreachable { .. } => true,
            Self::NoApiKey | Self::Unavailable { .. } | Self::Unusable { .. } => false,
        }
    }

    /// What the server says, where it has said anything; what happened, where not, in the words of the official SDKs.
    #[must_use]
    pub fn message(&self) -> Cow<'_, str> {
        match self {
            Self::Refused { message, .. } => message.into(),
            Self::Unusable { reason, .. } => reason.into(),
            Self::Unreachable { attempts: 1, reason } => format!("Request failed: {reason}").into(),
            Self::Unreachable { attempts, reason } => {
                format!("Request failed after {attempts} attempts: {reason}").into()
            }
            other => other.to_string().into(),
        }
    }

    /// Whether an older answer is better than none: the API is away, and has not said no.
    pub(super) fn is_outage(&self) -> bool {
        match self {
            Self::Refused { status, .. } => *status >= 500,
            Self::Unreachable { .. } | Self::Unusable { .. } => true,
            Self::NoApiKey | Self::Unavailable { .. } => false,
        }
    }
}

fn cure(status: u16) -> &'static str {
    match status {
        401 => "; check the API key",
        403 => "; check what the API key may do",
        404 => "; check the slug, the version and the tag",
        429 => "; ask less often",
        _ => "",
    }
}

/// Why an operation of [`Experiments`](super::Experiments) failed.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// A name that cannot be one. Nothing was sent.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// The API has answered with an experiment that has no id.
    #[error("the Basalt API answers without an experiment: {0}")]
    Experiment(#[from] InvalidValue),
    /// The request failed.
    #[error(transparent)]
    Api(#[from] ApiError),
}

/// Why an operation of [`Prompts`](super::Prompts) failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PromptError {
    /// A slug, version or tag that cannot be one. Nothing was sent.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// The variables do not fit, or the prompt is no template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The request failed.
    #[error(transparent)]
    Api(#[from] ApiError),
}

/// Why an operation of [`Datasets`](super::Datasets) failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// A slug that cannot be one. Nothing was sent.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// A file that cannot be attached. The row was not added.
    #[error(transparent)]
    Attachment(#[from] InvalidAttachment),
    /// A file could not be stored. The row was not added.
    #[error("the file `{name}` could not be stored: {source}")]
    Upload {
        /// The name of the file.
        name: String,
        /// What the storage has said.
        source: ApiError,
    },
    /// The request failed.
    #[error(transparent)]
    Api(#[from] ApiError),
}

/// What all families say of the request behind them.
macro_rules! of_the_request {
    ($($family:ident: $($behind:pat => $error:ident),+;)+) => {$(
        impl $family {
            fn api(&self) -> Option<&ApiError> {
                match self {
                    $($behind => Some($error),)+
                    _ => None,
                }
            }

            /// The HTTP status; none where nothing was answered.
            #[must_use]
            pub fn status(&self) -> Option<u16> {
                self.api()?.status()
            }

            /// Whether the same call may succeed later.
            #[must_use]
            pub fn is_retryable(&self) -> bool {
                self.api().is_some_and(ApiError::is_retryable)
            }

            /// What the server says, where it has said anything; what happened, where not.
            #[must_use]
            pub fn message(&self) -> Cow<'_, str> {
                self.api().map_or_else(|| self.to_string().into(), ApiError::message)
            }
        }
    )+};
}

of_the_request! {
    ExperimentError: Self::Api(error) => error;
    PromptError: Self::Api(error) => error;
    DatasetError: Self::Api(error) => error, Self::Upload { source: error, .. } => error;
}
