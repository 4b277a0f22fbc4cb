//! The headers that a layer looks for in every request, read at once.

use std::str;

use http::{
    HeaderName,
    header::{CONTENT_TYPE, HOST, USER_AGENT},
};

use crate::{
    context::{Headers, Names, TRACEPARENT, TRACESTATE},
    identity::LONGEST_CLAIM,
};

/// What a header is looked for for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Field {
    Traceparent,
    Tracestate,
    Host,
    UserAgent,
    ContentType,
    UserId,
    UserName,
    OrganizationId,
    OrganizationName,
    Experiment,
    Session,
    Conversation,
}

const FIELDS: usize = Field::Conversation as usize + 1;

/// The names of the headers.
#[derive(Debug, Clone)]
pub(super) struct Wanted(Names);

impl Wanted {
    pub(super) fn set(&mut self, field: Field, name: Option<HeaderName>) {
        self.0.set(field as usize, name);
    }

    /// Whether a header is looked for.
    pub(super) fn has(&self, field: Field) -> bool {
        self.0.has(field as usize)
    }
}

impl Default for Wanted {
    fn default() -> Self {
        let mut wanted = Self(Names::default());
        wanted.set(Field::Traceparent, Some(TRACEPARENT));
        wanted.set(Field::Tracestate, Some(TRACESTATE));
        wanted.set(Field::Host, Some(HOST));
        wanted.set(Field::UserAgent, Some(USER_AGENT));
        wanted.set(Field::ContentType, Some(CONTENT_TYPE));
        wanted
    }
}

/// What a request has of them.
#[derive(Debug, Default)]
pub(super) struct Fields<'a>([Value<'a>; FIELDS]);

impl<'a> Fields<'a> {
    pub(super) fn of(headers: &'a dyn Headers, wanted: &Wanted) -> Self {
        let mut fields = Self::default();
        headers.several(&wanted.0, &mut |position, value| {
            if let Some(seen) = fields.0.get_mut(position) {
                seen.add(value);
            }
        });
        fields
    }

    /// The bytes of a header that is given once.
    pub(super) fn bytes(&self, field: Field) -> Option<&'a [u8]> {
        self.get(field).one()
    }

    /// The same, without blanks around them; none if nothing else is given.
    pub(super) fn trimmed(&self, field: Field) -> Option<&'a [u8]> {
        self.get(field).trimmed()
    }

    /// Whether a header is given at all.
    pub(super) fn has(&self, field: Field) -> bool {
        self.get(field).last.is_some()
    }

    /// The text of a header, as [`Head::header`](super::Head::header).
    pub(super) fn text(&self, field: Field) -> Option<&'a str> {
        self.get(field).text()
    }

    /// What a header claims; none if it is too long to be an id.
    pub(super) fn claim(&self, field: Field) -> Option<&'a str> {
        self.text(field).filter(|text| text.len() <= LONGEST_CLAIM)
    }

    fn get(&self, field: Field) -> Value<'a> {
        self.0.get(field as usize).copied().unwrap_or_default()
    }
}

/// The values of one header.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Value<'a> {
    last: Option<&'a [u8]>,
    several: bool,
}

impl<'a> Value<'a> {
    pub(super) fn add(&mut self, value: &'a [u8]) {
        self.several = self.last.replace(value).is_some();
    }

    /// If it is given once.
    fn one(self) -> Option<&'a [u8]> {
        self.last.filter(|_| !self.several)
    }

    /// The same, trimmed; none if it is blank.
    fn trimmed(self) -> Option<&'a [u8]> {
        let bytes = self.one()?.trim_ascii();
        (!bytes.is_empty()).then_some(bytes)
    }

    /// The same, as text; none if it is not UTF-8.
    pub(super) fn text(self) -> Option<&'a str> {
        str::from_utf8(self.trimmed()?).ok()
    }
}
