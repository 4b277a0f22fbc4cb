//! Configuration in code of where spans go, and of what may wait on the way.

use opentelemetry_sdk::trace::SpanExporter;

use super::{Builder, Otlp};
use crate::export::{Printer, Protocol, Redaction};

impl Builder {
    /// The key of a Basalt workspace, sent as `authorization: Bearer …` to wherever traces go. It is never
    /// logged or shown. `BASALT_API_KEY` wins over it. Defaults to none.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into().into());
        self
    }

    /// Where traces go: an `http(s)` URL is OTLP/HTTP, unless its host contains `grpc` or its port is 4317
    /// and its path empty. `BASALT_OTEL_EXPORTER_OTLP_ENDPOINT` wins over it. Defaults to Basalt with an API
    /// key, to the console without.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// How the endpoint given in code is spoken to, where its URL does not tell. Defaults to what
    /// [`endpoint`](Self::endpoint) says.
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// A header sent with every batch, for collectors that want more than the API key. Its value is treated as
    /// a secret; the name and value are checked by `build`. Defaults to none.
    ///
    /// ```
    /// # use basalt_core::Basalt;
    /// let basalt = Basalt::builder().endpoint("http://127.0.0.1:4318").header("x-tenant", "acme").build()?;
    /// # Ok::<(), basalt_core::BuildError>(())
    /// ```
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into().into()));
        self
    }

    /// An exporter of your own, instead of the endpoint; each one given receives every span. It runs on the
    /// delivery thread, inside a tokio runtime: an exporter that blocks holds up the others. Defaults to none.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// # use basalt_core::{Basalt, testing::Recorder};
    /// let recorder = Recorder::new();
    /// let basalt = Basalt::builder().exporter(recorder.clone()).build()?;
    /// # }
    /// # Ok::<(), basalt_core::BuildError>(())
    /// ```
    pub fn exporter(mut self, exporter: impl SpanExporter + 'static) -> Self {
        self.exporters.push(Box::new(exporter));
        self
    }

    /// A collector of your own choosing, instead of the endpoint, beside other destinations and exporters: each one
    /// receives every span. `BASALT_API_KEY` and the endpoint of the environment do not reach it. Defaults to none.
    ///
    /// ```
    /// # use basalt_core::{Basalt, Otlp};
    /// let basalt = Basalt::builder().destination(Otlp::new("http://127.0.0.1:4317")).build()?;
    /// # Ok::<(), basalt_core::BuildError>(())
    /// ```
    pub fn destination(mut self, otlp: Otlp) -> Self {
        self.destinations.push(otlp);
        self
    }

    /// What finished traces are printed by where they go nowhere else: one call with whole lines, of one or more
    /// trees. For programs that draw on the terminal themselves, as a progress bar does. It runs on the delivery
    /// thread. Defaults to writing on standard error.
    ///
    /// ```
    /// # use basalt_core::Basalt;
    /// let builder = Basalt::builder().console(|trees| print!("{trees}"));
    /// ```
    pub fn console(mut self, print: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.printer = Printer::new(print);
        self
    }

    /// What is masked in everything that leaves, on the delivery thread, before any exporter, the console included.
    /// Defaults to the preset `secrets`.
    ///
    /// ```
    /// # use basalt_core::{Basalt, Redaction};
    /// let redaction = Redaction::builder().pii(true).key("ssn").build()?;
    /// let builder = Basalt::builder().redaction(redaction);
    /// # Ok::<(), basalt_core::InvalidPattern>(())
    /// ```
    pub fn redaction(mut self, redaction: Redaction) -> Self {
        self.redaction = redaction;
        self
    }

    /// The crypto provider of `https`, for every destination and for the Basalt API. Nothing is installed for the rest
    /// of the program. Defaults to the one that the program has installed with `CryptoProvider::install_default`, then
    /// to that of the feature `tls-aws-lc` or `tls-ring`. Without any of them `https` is an error of `build`.
    ///
    /// ```
    /// # use basalt_core::Basalt;
    /// let builder = Basalt::builder().crypto_provider(rustls::crypto::ring::default_provider());
    /// ```
    #[cfg(all(feature = "tls", any(feature = "client", feature = "otlp")))]
    pub fn crypto_provider(
        mut self,
        provider: impl Into<std::sync::Arc<rustls::crypto::CryptoProvider>>,
    ) -> Self {
        self.provider = crate::tls::Provider::given(provider.into());
        self
    }

    /// How many spans may wait to be delivered at once; what comes on top is dropped and counted. Defaults to
    /// 65,536, at least 1.
    pub fn max_queue_spans(mut self, spans: usize) -> Self {
        self.bounds.spans = spans;
        self
    }

    /// How many bytes may wait to be delivered, before they are packed and, again, at each destination after they
    /// are: where a collector is away, the oldest are dropped and counted. Defaults to 64 MiB, at least 1 MiB.
    pub fn max_queue_bytes(mut self, bytes: usize) -> Self {
        self.bounds.bytes = bytes;
        self
    }

    /// A directory, made if it is missing, for batches that a collector does not take: the oldest go there when
    /// [`max_queue_bytes`](Self::max_queue_bytes) is reached, and all that wait when this process shuts down, or drops
    /// its last handle. They are sent, in order, when the collector is back, by this process or by the next one with
    /// this directory and a destination of the same name. Several processes may share it. Nothing but the user
    /// of this process can read it.
    ///
    /// Shutting down, and dropping the last handle, wait until the batches are on the disk. The console and exporters
    /// of your own keep nothing. Defaults to none.
    ///
    /// ```no_run
    /// # use basalt_core::Basalt;
    /// let basalt = Basalt::builder().endpoint("http://127.0.0.1:4317").spool("/var/lib/shop/spans").build()?;
    /// # Ok::<(), basalt_core::BuildError>(())
    /// ```
    #[cfg(feature = "spool")]
    pub fn spool(mut self, directory: impl Into<std::path::PathBuf>) -> Self {
        self.spool = Some(directory.into());
        self
    }

    /// How many bytes may lie on disk, for each destination and each process; where more come, the oldest are dropped
    /// and counted. Files count as whole blocks of 4 KiB. Defaults to 512 MiB, at least 1 MiB.
    #[cfg(feature = "spool")]
    pub fn max_spool_bytes(mut self, bytes: u64) -> Self {
        self.max_spool_bytes = bytes;
        self
    }
}
