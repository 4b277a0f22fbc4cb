//! What a request says of itself before it is answered.

use std::{str, sync::Arc};

use opentelemetry::Key;

use super::{
    Head,
    fields::{Field, Fields},
    forwarded::Forwarded,
    query, rpc,
};
use crate::{
    asked::Asked,
    method::Method,
    repeated::{self, Server, shared},
    semconv::http,
    text,
};

/// Every text is cut at a limit, in bytes, and the keys of those that were are named.
pub(super) struct Description {
    limit: usize,
    pub(super) truncated: Vec<Key>,
}

impl Description {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, truncated: Vec::new() }
    }

    /// `secret` names parameters whose values are nobody's business.
    pub(super) fn of(
        &mut self,
        head: &Head<'_>,
        forwarded: &Forwarded<'_>,
        method: Method,
        fields: &Fields<'_>,
        is_call: bool,
        secret: &[String],
    ) -> Asked {
        let route = head.route.map(|route| shared(self.head(http::ROUTE, route)));
        let path = self.head(http::URL_PATH, head.path);
        let (server, server_port) = forwarded.host.and_then(|host| self.server(host)).unzip();
        Asked {
            original_method: (method == Method::Other)
                .then(|| self.head(http::REQUEST_METHOD_ORIGINAL, head.method).into()),
            method,
            path: path.into(),
            query: head.query.filter(|query| !query.is_empty()).map(|query| self.query(query, secret)),
            route,
            version: head.version,
            user_agent: fields
                .trimmed(Field::UserAgent)
                .and_then(repeated::read)
                .map(|agent| self.within(http::USER_AGENT_ORIGINAL, agent)),
            scheme: if forwarded.scheme == Some("https") { "https" } else { "http" },
            server,
            server_port: server_port.flatten(),
            client: forwarded.client,
            peer: head.peer,
            call: is_call.then_some(rpc::SYSTEM),
            status: None,
        }
    }

    fn server(&mut self, host: &[u8]) -> Option<Server> {
        let (address, port) = repeated::server(host, named)?;
        Some((self.within(http::SERVER_ADDRESS, address), port))
    }

    fn within(&mut self, key: &'static str, text: Arc<str>) -> Arc<str> {
        if text.len() <= self.limit { text } else { shared(self.head(key, &text)) }
    }

    fn query(&mut self, query: &str, secret: &[String]) -> Box<str> {
        self.head(http::URL_QUERY, &query::redacted(query, secret)).into()
    }

    fn head<'t>(&mut self, key: &'static str, text: &'t str) -> &'t str {
        let head = text::head(text, self.limit);
        if head.len() < text.len() {
            self.truncated.push(key.into());
        }
        head
    }
}

fn named(host: &[u8]) -> Option<Server> {
    let (address, port) = address_and_port(str::from_utf8(host).ok()?)?;
    Some((shared(address), port))
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
