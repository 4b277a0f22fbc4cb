//! What the record of a request learns until it is answered.

use super::Record;
use crate::{repeated::shared, semconv::http, text};

impl Record {
    /// Names the route of a request, by which it is called from now on.
    pub(crate) fn set_route(&mut self, route: &str) {
        let Some(asked) = &mut self.asked else { return };
        let head = text::head(route, self.content.limit);
        asked.route = Some(shared(head));
        self.name = None;
        self.attributes.remove(http::ROUTE);
        if head.len() < route.len() {
            self.remarks().truncated.add(http::ROUTE.into());
        }
    }

    /// Whether somebody has named the route.
    pub(crate) fn has_route(&mut self) -> bool {
        self.has(http::ROUTE) || self.asked.as_ref().is_some_and(|asked| asked.route.is_some())
    }

    /// The request is answered; whoever has said so before is overruled.
    pub(crate) fn answered(&mut self, status: u16) {
        match &mut self.asked {
            Some(asked) if self.attributes.is_empty() => asked.status = Some(status),
            _ => self.conclude(http::RESPONSE_STATUS_CODE, i64::from(status)),
        }
    }
}
