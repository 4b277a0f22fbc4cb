//! A request, as OpenTelemetry's HTTP conventions (stable) describe it.

use std::{
    borrow::Cow,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use opentelemetry::{KeyValue, Value};

use crate::{
    method::Method,
    repeated,
    semconv::{http, rpc},
    short::Short,
    weight::of_texts,
};

/// Bytes of a path that needs no memory of its own.
const SHORT: usize = 62;

pub(crate) type Path = Short<SHORT>;

/// What is known of a request. It is kept as it came, and becomes attributes when its span is written, which is not on
/// the request's thread.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// As sent, if it may not be written as it is.
    pub(crate) original_method: Option<Box<str>>,
    pub(crate) path: Path,
    /// Without secrets.
    pub(crate) query: Option<Box<str>>,
    pub(crate) route: Option<Arc<str>>,
    pub(crate) version: Option<&'static str>,
    pub(crate) user_agent: Option<Arc<str>>,
    pub(crate) scheme: &'static str,
    pub(crate) server: Option<Arc<str>>,
    /// Only if the client named one.
    pub(crate) server_port: Option<u16>,
    pub(crate) client: Option<IpAddr>,
    pub(crate) peer: Option<SocketAddr>,
    /// The system of calls, if it is one.
    pub(crate) call: Option<&'static str>,
    /// How it was answered, once it was.
    pub(crate) status: Option<u16>,
}

impl Asked {
    /// What its span is called, unless somebody calls it something else.
    pub(crate) fn name(&self) -> Cow<'static, str> {
        self.method.name_with(self.route.as_deref())
    }

    /// Bytes of memory, roughly, beside its own.
    pub(crate) fn weight(&self) -> usize {
        let owned = [&self.original_method, &self.query].into_iter().flatten().map(|text| text.len());
        let shared = of_texts([&self.route, &self.user_agent, &self.server]);
        self.path.weight() + owned.sum::<usize>() + shared
    }

    /// Hands over one attribute after the other.
    pub(crate) fn write(self, attribute: &mut impl FnMut(KeyValue)) {
        let mut say = |key, value: Option<Value>| {
            if let Some(value) = value {
                attribute(KeyValue::new(key, value));
            }
        };
        let peer = self.peer.map(|peer| peer.ip().to_canonical());
        let port = self.peer.map(|peer| peer.port());
        let number = |number: Option<u16>| number.map(|number| i64::from(number).into());
        say(http::REQUEST_METHOD, Some(self.method.value()));
        say(http::REQUEST_METHOD_ORIGINAL, self.original_method.map(|method| String::from(method).into()));
        say(http::URL_PATH, Some(String::from(self.path).into()));
        say(http::URL_QUERY, self.query.map(|query| String::from(query).into()));
        say(http::URL_SCHEME, Some(self.scheme.into()));
        say(http::ROUTE, self.route.map(Value::from));
        say(http::USER_AGENT_ORIGINAL, self.user_agent.map(Value::from));
        say(http::SERVER_ADDRESS, self.server.map(Value::from));
        say(http::SERVER_PORT, number(self.server_port));
        say(http::CLIENT_ADDRESS, self.client.map(|client| repeated::address(client).into()));
        say(http::NETWORK_PEER_ADDRESS, peer.map(|peer| repeated::address(peer).into()));
        say(http::NETWORK_PEER_PORT, number(port));
        say(http::NETWORK_PROTOCOL_VERSION, self.version.map(Value::from));
        say(rpc::SYSTEM_NAME, self.call.map(Value::from));
        say(http::RESPONSE_STATUS_CODE, number(self.status));
    }
}
