//! The route of an exchange, from whoever knows it first.

use super::{Exchange, outcome::Outcome};
use crate::{current, panic};

impl Exchange {
    /// The same, where only an answer tells the route: if there is a panic instead, it is looked for, as
    /// [`find_route`](Self::find_route).
    pub fn enter_before_routing<R>(
        &mut self,
        work: impl FnOnce() -> R,
        find: impl FnOnce(&str) -> Option<String>,
    ) -> R {
        if self.open.is_none() {
            return work();
        }
        let _entered = current::attach(self.root.context().clone());
        panic::watch(work, |message| {
            self.find_route(find);
            self.root.panicked(message);
            self.end(&Outcome::Panicked);
        })
    }

    /// The router has said which route matched, later than at the start.
    pub fn routed(&mut self, route: impl AsRef<str>) {
        if let Some(open) = &mut self.open
            && !open.routed
        {
            open.routed = true;
            self.root.set_matched_route(route.as_ref());
        }
    }

    /// Looks for the route by the request's path, where no answer has told it.
    pub fn find_route(&mut self, find: impl FnOnce(&str) -> Option<String>) {
        if self.wants_route() {
            let mut path = None;
            self.root.record(|record| path = record.asked.as_ref().map(|asked| asked.path.clone()));
            if let Some(route) = path.and_then(|path| find(&path)) {
                self.routed(route);
            }
        }
    }

    /// Whether nobody has said the route yet, and somebody should.
    #[must_use]
    pub fn wants_route(&self) -> bool {
        self.root.is_live() && self.open.as_ref().is_some_and(|open| !open.routed)
    }
}
