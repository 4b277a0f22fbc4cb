//! A request, as OpenTelemetry's HTTP conventions (stable) describe it.

use std::{
    borrow::Cow,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use opentelemetry::KeyValue;

use crate::{
    method::Method,
    repeated,
    semconv::{http, rpc},
    short::Short,
};

/// What is known of a request. It is kept as it came, and becomes attributes when its span is written, which is not on
/// the request's thread.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// As sent, if it may not be written as it is.
    pub(crate) original_method: Option<Box<str>>,
    pub(crate) path: Short,
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

    /// Bytes of memory, roughly.
    pub(crate) fn weight(&self) -> usize {
        let texts = [self.route.as_ref(), self.user_agent.as_ref(), self.server.as_ref()];
        let texts: usize =
            texts.into_iter().flatten().map(|text| text.len()).sum::<usize>() + self.path.len();
        size_of::<Self>() + texts + self.query.as_ref().map_or(0, |query| query.len())
    }

    /// Hands over one attribute after the other.
    pub(crate) fn write(self, attribute: &mut impl FnMut(KeyValue)) {
        attribute(KeyValue::new(http::REQUEST_METHOD, self.method.value()));
        let original =
            self.original_method.map(|method| (http::REQUEST_METHOD_ORIGINAL, String::from(method)));
        let query = self.query.map(|query| (http::URL_QUERY, String::from(query)));
        for (key, text) in original.into_iter().chain(query) {
            attribute(KeyValue::new(key, text));
        }
        attribute(KeyValue::new(http::URL_PATH, String::from(&*self.path)));
        attribute(KeyValue::new(http::URL_SCHEME, self.scheme));
        let texts = [
            (http::ROUTE, self.route),
            (http::USER_AGENT_ORIGINAL, self.user_agent),
            (http::SERVER_ADDRESS, self.server),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                attribute(KeyValue::new(key, text));
            }
        }
        let names = [(http::NETWORK_PROTOCOL_VERSION, self.version), (rpc::SYSTEM_NAME, self.call)];
        for (key, name) in names {
            if let Some(name) = name {
                attribute(KeyValue::new(key, name));
            }
        }
        let peer = self.peer.map(|peer| peer.ip().to_canonical());
        for (key, address) in [(http::CLIENT_ADDRESS, self.client), (http::NETWORK_PEER_ADDRESS, peer)] {
            if let Some(address) = address {
                attribute(KeyValue::new(key, repeated::address(address)));
            }
        }
        let numbers = [
            (http::SERVER_PORT, self.server_port),
            (http::NETWORK_PEER_PORT, self.peer.map(|peer| peer.port())),
            (http::RESPONSE_STATUS_CODE, self.status),
        ];
        for (key, number) in numbers {
            if let Some(number) = number {
                attribute(KeyValue::new(key, i64::from(number)));
            }
        }
    }
}
