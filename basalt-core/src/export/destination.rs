//! Where spans go.

use super::{
    Endpoint, Exporter,
    console::{Console, Printer},
};
use crate::secret::Secret;

/// One place that receives every span.
#[derive(Debug)]
pub(crate) enum Destination {
    Otlp(OtlpTarget),
    Console {
        /// Without colours, even on a terminal.
        plain: bool,
        printer: Printer,
    },
    Custom(Box<dyn Exporter>),
}

/// A collector, and what it wants to see in the headers.
#[derive(Debug)]
#[cfg_attr(not(feature = "otlp"), expect(dead_code, reason = "nothing is sent"))]
pub(crate) struct OtlpTarget {
    pub(crate) endpoint: Endpoint,
    pub(crate) headers: Vec<(String, Secret)>,
}

impl Destination {
    /// Makes the exporter. Inside the delivery runtime, which connections need.
    pub(super) fn exporter(self) -> Result<Box<dyn Exporter>, String> {
        match self {
            Self::Custom(exporter) => Ok(exporter),
            Self::Console { plain, printer } => Ok(Box::new(Console::new(plain, printer))),
            #[cfg(feature = "otlp")]
            Self::Otlp(target) => super::otlp::exporter(target),
            #[cfg(not(feature = "otlp"))]
            Self::Otlp(_) => {
                Err("this build cannot send: enable the feature `otlp` of basalt-core".to_owned())
            }
        }
    }

    /// For log lines; never with a secret in it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Otlp(target) => target.endpoint.url.clone(),
            Self::Console { .. } => "console".to_owned(),
            Self::Custom(_) => "exporter".to_owned(),
        }
    }
}
