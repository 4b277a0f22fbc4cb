//! Traces inside traces: what an inner root sees of the outer ones, and when it lets go of them.
//!
//! A job may start its successor inside itself, and so on without end: what has ended is not kept.

use std::sync::Arc;

use super::{Carried, Trace, trace::State};

/// Open roots inside one another that see each other's changes. One deeper inside sees what the others say as it is when
/// it is opened.
const DEEPEST: usize = 64;

impl Trace {
    /// The outermost trace whose root is open; this one if none is.
    pub(crate) fn outermost(self: &Arc<Self>) -> Arc<Self> {
        let outermost = self.outers().filter(|outer| outer.state().root_is_open).last();
        outermost.unwrap_or_else(|| Arc::clone(self))
    }

    /// What a trace carries now: what it says, and from outer ones what it does not.
    pub(super) fn carried(&self) -> Arc<Carried> {
        let (mut carried, outers) = {
            let state = self.state();
            (Arc::clone(&state.carried), Outers::of(&state))
        };
        for outer in outers {
            let outer = Arc::clone(&outer.state().carried);
            carried = Arc::new(carried.over(&outer));
        }
        carried
    }

    pub(super) fn outers(&self) -> Outers {
        Outers::of(&self.state())
    }

    /// Hands over to a root inside this one what stays as it is. Returns what may still change.
    pub(super) fn inherited_by(self: Arc<Self>, inner: &mut Carried) -> Option<Arc<Self>> {
        let mut next = Some(self);
        while let Some(outer) = next {
            if outer.state().root_is_open {
                if outer.outers().count() < DEEPEST {
                    return Some(outer);
                }
                *inner = inner.over(&outer.carried());
                return None;
            }
            let (carried, further) = outer.said();
            *inner = inner.over(&carried);
            next = further;
        }
        None
    }

    /// Takes over what outer roots have said that have ended, and lets go of them.
    pub(super) fn let_go(&self) {
        for outer in self.outers() {
            if outer.state().root_is_open {
                return;
            }
            let (carried, further) = outer.said();
            let mut state = self.state();
            state.carry(|own| *own = own.over(&carried));
            state.outer = further;
        }
    }

    /// What it says itself, and the trace around it.
    fn said(&self) -> (Arc<Carried>, Option<Arc<Self>>) {
        let state = self.state();
        (Arc::clone(&state.carried), state.outer.clone())
    }
}

/// The traces around one, from the inside out. None is locked longer than it takes to find the next.
#[derive(Debug)]
pub(super) struct Outers(Option<Arc<Trace>>);

impl Outers {
    pub(super) fn of(state: &State) -> Self {
        Self(state.outer.clone())
    }
}

impl Iterator for Outers {
    type Item = Arc<Trace>;

    fn next(&mut self) -> Option<Arc<Trace>> {
        let outer = self.0.take()?;
        self.0.clone_from(&outer.state().outer);
        Some(outer)
    }
}

#[cfg(test)]
impl Trace {
    /// How many traces this one keeps.
    pub(crate) fn depth(&self) -> usize {
        self.outers().count()
    }
}
