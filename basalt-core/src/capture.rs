//! May content be written at all, and how much of it?

use serde::Serialize;

use crate::payload::{Payload, Tree};

/// The one switch for content: payloads, query text, prompts and completions, captured bodies.
///
/// Off, spans keep their names, figures, identity and metadata. Defaults to [`Capture::On`], as in the
/// official SDKs; [`Builder::trace_content`](crate::Builder::trace_content) sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Capture {
    /// Content is written.
    #[default]
    On,
    /// No content is written.
    Off,
}

impl From<bool> for Capture {
    fn from(on: bool) -> Self {
        if on { Self::On } else { Self::Off }
    }
}

/// What every captured value passes: the switch for content, and the limit for everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Content {
    pub(crate) capture: Capture,
    /// Bytes of one value.
    pub(crate) limit: usize,
}

impl Content {
    /// Whether content is written at all.
    pub(crate) fn is_captured(self) -> bool {
        self.capture == Capture::On
    }

    /// A value that is content: none when content is off.
    pub(crate) fn captured(self, value: &impl Serialize) -> Option<Payload> {
        match self.capture {
            Capture::On => Payload::of(value, self.limit),
            Capture::Off => None,
        }
    }

    /// A value that is content and was kept for later.
    pub(crate) fn kept(self, tree: &Tree) -> Option<Payload> {
        let mut payload = self.captured(&tree.value)?;
        payload.cut |= tree.cut;
        Some(payload)
    }

    /// A value that is no content, such as a figure or a name.
    pub(crate) fn bounded(self, value: &impl Serialize) -> Option<Payload> {
        Payload::of(value, self.limit)
    }
}
