//! The route of a request. A router tells it with the answer; to find it by oneself is dear, and left to requests that
//! are not answered.

use std::{cell::OnceCell, rc::Rc};

use actix_web::{
    dev::{ResourceMap, ServiceRequest, ServiceResponse},
    http::header::CONTENT_TYPE,
};
use basalt_core::request::{Exchange, is_call};

/// The app's routes, once there has been a request that knows them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Routes(Rc<OnceCell<ResourceMap>>);

impl Routes {
    pub(crate) fn learn(&self, request: &ServiceRequest) {
        self.0.get_or_init(|| request.resource_map().clone());
    }

    pub(crate) fn find(&self, path: &str) -> Option<String> {
        self.0.get()?.match_pattern(path)
    }
}

/// The route, where it must be known at once: it tells calls from other requests.
pub(crate) fn early(request: &ServiceRequest) -> Option<String> {
    let content_type = request.headers().get(CONTENT_TYPE)?;
    if is_call(content_type.as_bytes()) { request.match_pattern() } else { None }
}

/// As the router has matched it.
pub(crate) fn tell<B>(exchange: &mut Exchange, response: &ServiceResponse<B>) {
    if exchange.wants_route()
        && let Some(route) = response.request().match_pattern()
    {
        exchange.routed(route);
    }
}
