//! A request as OpenTelemetry's HTTP conventions (stable) describe it, before it is answered.

use std::sync::Arc;

use ::http::header::USER_AGENT;
use opentelemetry::{Key, KeyValue};

use super::{Head, forwarded::Forwarded, query, rpc};
use crate::{
    method::Method,
    repeated::shared,
    semconv::{http, rpc as rpc_keys},
    text,
};

/// Room for what a usual request says at its start and at its end, so that the list does not grow.
const ATTRIBUTES: usize = 18;

/// What is known at the start: samplers may look at it.
pub(super) struct Description {
    pub(super) attributes: Vec<KeyValue>,
    /// Keys of what was cut at the limit.
    pub(super) truncated: Vec<Key>,
    limit: usize,
}

impl Description {
    pub(super) fn of(head: &Head<'_>, forwarded: &Forwarded<'_>, method: &Method, limit: usize) -> Self {
        let attributes = Vec::with_capacity(ATTRIBUTES);
        let mut description = Self { attributes, truncated: Vec::new(), limit };
        description.request(head, method);
        description.server(forwarded);
        description.client(head, forwarded);
        description
    }

    /// The request is a gRPC call.
    pub(super) fn call(&mut self) {
        self.attributes.push(KeyValue::new(rpc_keys::SYSTEM_NAME, rpc::SYSTEM));
    }

    /// `secret` names parameters whose values are nobody's business.
    pub(super) fn query(&mut self, query: Option<&str>, secret: &[String]) {
        if let Some(query) = query.filter(|query| !query.is_empty()) {
            self.text(http::URL_QUERY, &query::redacted(query, secret));
        }
    }

    fn request(&mut self, head: &Head<'_>, method: &Method) {
        self.attributes.push(KeyValue::new(http::REQUEST_METHOD, method.value()));
        if *method == Method::Other {
            self.text(http::REQUEST_METHOD_ORIGINAL, head.method);
        }
        self.text(http::URL_PATH, head.path);
        if let Some(route) = head.route {
            self.repeated(http::ROUTE, route);
        }
        if let Some(version) = head.version {
            self.attributes.push(KeyValue::new(http::NETWORK_PROTOCOL_VERSION, version));
        }
        if let Some(agent) = head.named(&USER_AGENT) {
            self.repeated(http::USER_AGENT_ORIGINAL, agent);
        }
    }

    /// The port only if the client named one.
    fn server(&mut self, forwarded: &Forwarded<'_>) {
        let scheme = if forwarded.scheme == Some("https") { "https" } else { "http" };
        self.attributes.push(KeyValue::new(http::URL_SCHEME, scheme));
        let Some((address, port)) = forwarded.host.and_then(address_and_port) else {
            return;
        };
        self.repeated(http::SERVER_ADDRESS, address);
        if let Some(port) = port {
            self.attributes.push(KeyValue::new(http::SERVER_PORT, i64::from(port)));
        }
    }

    /// The client, and the other end of the connection, which is often the same.
    fn client(&mut self, head: &Head<'_>, forwarded: &Forwarded<'_>) {
        let Some(peer) = head.peer else { return };
        let ip = peer.ip().to_canonical();
        let address: Arc<str> = ip.to_string().into();
        let client = match forwarded.client {
            Some(client) if client != ip => client.to_string().into(),
            _ => Arc::clone(&address),
        };
        self.attributes.push(KeyValue::new(http::CLIENT_ADDRESS, client));
        self.attributes.push(KeyValue::new(http::NETWORK_PEER_ADDRESS, address));
        self.attributes.push(KeyValue::new(http::NETWORK_PEER_PORT, i64::from(peer.port())));
    }

    fn text(&mut self, key: &'static str, text: &str) {
        let head = self.head(key, text);
        self.attributes.push(KeyValue::new(key, head.to_owned()));
    }

    /// A text that many requests have in common.
    fn repeated(&mut self, key: &'static str, text: &str) {
        let head = self.head(key, text);
        self.attributes.push(KeyValue::new(key, shared(head)));
    }

    fn head<'t>(&mut self, key: &'static str, text: &'t str) -> &'t str {
        let head = text::head(text, self.limit);
        if head.len() < text.len() {
            self.truncated.push(key.into());
        }
        head
    }
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`; a port that is no number is none.
fn address_and_port(host: &str) -> Option<(&str, Option<u16>)> {
    let host = text::trimmed(host);
    let (address, port) = match host.strip_prefix('[') {
        Some(v6) => {
            let (address, rest) = v6.split_once(']')?;
            (address, rest.strip_prefix(':'))
        }
        None => {
            match host.bytes().position(|byte| byte == b':').and_then(|colon| host.split_at_checked(colon)) {
                Some((address, port)) => (address, port.get(1..)),
                None => (host, None),
            }
        }
    };
    (!address.is_empty()).then(|| (address, port.and_then(|port| port.parse().ok())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_taken_apart() {
        for (host, expected) in [
            ("shop.example", Some(("shop.example", None))),
            ("shop.example:8080", Some(("shop.example", Some(8080)))),
            ("shop.example:", Some(("shop.example", None))),
            ("shop.example:99999", Some(("shop.example", None))),
            ("127.0.0.1:80", Some(("127.0.0.1", Some(80)))),
            ("[::1]:80", Some(("::1", Some(80)))),
            ("[::1]", Some(("::1", None))),
            ("[::1", None),
            (":80", None),
            ("", None),
        ] {
            assert_eq!(address_and_port(host), expected, "{host}");
        }
    }
}
