//! The options that the layers of all fronts share, written down once: one name, one sentence, one default.

/// The setters of a layer that shows its [`Observer`](crate::request::Observer) in `self.observer()`.
#[doc(hidden)]
#[macro_export]
macro_rules! layer_options {
    () => {
        /// Asks a closure who a request is from, if no extension says it. Defaults to none.
        pub fn identity_with(
            mut self,
            with: impl Fn(&$crate::request::Head<'_>) -> Option<$crate::Identity> + Send + Sync + 'static,
        ) -> Self {
            self.observer().identity_with(with);
            self
        }

        /// Believes headers about who a request is from, if nothing else says it. Headers are claims: only for
        /// services that are reached through a gateway that sets them. Defaults to not reading any.
        pub fn identity_from_headers(mut self, headers: $crate::HeaderIdentity) -> Self {
            self.observer().identity_from_headers(headers);
            self
        }

        /// Paths that are not observed; a trailing `/*` excludes what is below. Inside such a request `observe`
        /// does nothing. Defaults to none.
        pub fn exclude<S: AsRef<str>>(mut self, paths: impl IntoIterator<Item = S>) -> Self {
            self.observer().exclude(paths);
            self
        }

        /// Proxies whose `Forwarded` (RFC 7239) or, without that, `X-Forwarded-For`, `-Proto` and `-Host` headers
        /// are believed: networks (`10.0.0.0/8`) and addresses (`::1`). Behind them the client is the nearest
        /// address that is none of them. They must drop whichever of these headers they do not write themselves,
        /// or a client's own would be believed. What is no network is said once at ERROR and not trusted.
        /// Defaults to none.
        pub fn trusted_proxies<S: AsRef<str>>(mut self, networks: impl IntoIterator<Item = S>) -> Self {
            self.observer().trusted_proxies(networks);
            self
        }

        /// What is read of the `baggage` that a caller has sent with
        /// [`inject_with`](crate::context::inject_with): it counts where nothing else says who asks, under which
        /// experiment, or in which session. Baggage is a claim, as headers are: only for services that callers of
        /// your own alone can reach. It is not read unless [`inbound`](Self::inbound) is
        /// [`Inbound::Continue`](crate::Inbound::Continue). Values that are blank, longer than 256 bytes or not
        /// UTF-8 are ignored. Defaults to none.
        pub fn baggage(mut self, allowed: $crate::Baggage) -> Self {
            self.observer().baggage(allowed);
            self
        }

        /// How far a caller's `traceparent` is believed. Defaults to [`Inbound::Continue`](crate::Inbound::Continue).
        pub fn inbound(mut self, inbound: $crate::Inbound) -> Self {
            self.observer().inbound(inbound);
            self
        }

        /// What is captured of requests and answers beyond their description: headers and bodies. Defaults to
        /// nothing.
        pub fn capture(mut self, capture: $crate::CaptureHttp) -> Self {
            self.observer().capture(capture);
            self
        }

        /// Evaluators for the request's root span. Blank slugs are dropped. Defaults to none.
        pub fn evaluators<S: AsRef<str>>(mut self, slugs: impl IntoIterator<Item = S>) -> Self {
            self.observer().evaluators(slugs);
            self
        }

        /// How likely a request is evaluated, from 0.0 to 1.0. Defaults to the rate of
        /// [`Basalt`](crate::Basalt).
        pub fn evaluation_rate(mut self, rate: impl Into<$crate::EvaluationRate>) -> Self {
            self.observer().evaluation_rate(rate);
            self
        }

        /// One key of the metadata of every request's root span. Defaults to none.
        pub fn metadata(mut self, key: impl Into<String>, value: impl ::serde::Serialize) -> Self {
            self.observer().metadata(key, value);
            self
        }

        /// The header that names the experiment a request belongs to. Defaults to none.
        pub fn experiment_header(mut self, name: &str) -> Self {
            self.observer().experiment_header(name);
            self
        }

        /// The header that names the user's session (`session.id`). Defaults to none.
        pub fn session_header(mut self, name: &str) -> Self {
            self.observer().session_header(name);
            self
        }

        /// The header that names the conversation (`gen_ai.conversation.id`). Defaults to none.
        pub fn conversation_header(mut self, name: &str) -> Self {
            self.observer().conversation_header(name);
            self
        }

        /// The response header that tells the caller the trace's id, on errors too. Defaults to none.
        pub fn trace_id_header(mut self, name: &str) -> Self {
            self.observer().trace_id_header(name);
            self
        }

        /// Whether a client that leaves before the answer's end marks the span as failed. Defaults to false.
        pub fn disconnects_are_errors(mut self, yes: bool) -> Self {
            self.observer().disconnects_are_errors(yes);
            self
        }
    };
}
