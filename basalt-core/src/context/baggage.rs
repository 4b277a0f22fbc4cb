//! What of a trace travels between services as W3C Baggage: only what is allowed, only where it is asked for.

use std::sync::Arc;

use percent_encoding::percent_decode;

use super::{Headers, Scope, readers};
use crate::{
    Experiment, Identity, current,
    identity::LONGEST_CLAIM,
    semconv::{
        basalt::{EXPERIMENT_ID, EXPERIMENT_NAME, ORGANIZATION_ID, ORGANIZATION_NAME, USER_ID, USER_NAME},
        gen_ai::{CONVERSATION_ID, SESSION_ID},
    },
};

/// The header.
pub(super) const BAGGAGE: &str = "baggage";
/// W3C: what everybody must carry on; more is neither written nor read.
pub(super) const BYTES: usize = 8192;
/// W3C, as above.
pub(super) const MEMBERS: usize = 64;

/// What may travel as `baggage`, on the way out as on the way in.
///
/// The member keys are those of the attributes: `basalt.user.id`, `session.id` and so on. Both sides decide by
/// themselves: a caller writes what it allows with [`inject_with`](super::inject_with), a service reads what
/// the layer of its front is told to read.
///
/// ```
/// use basalt_core::Baggage;
///
/// let allowed = Baggage::none().identity().session();
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Baggage {
    identity: bool,
    experiment: bool,
    session: bool,
    conversation: bool,
}

impl Baggage {
    /// Nothing may travel.
    #[must_use]
    pub const fn none() -> Self {
        Self { identity: false, experiment: false, session: false, conversation: false }
    }

    /// Ids and names of user and organization may (`basalt.user.*`, `basalt.organization.*`). Defaults to not.
    #[must_use]
    pub const fn identity(mut self) -> Self {
        self.identity = true;
        self
    }

    /// The experiment's id and name may (`basalt.experiment.*`). A service that reads it evaluates the trace.
    /// Defaults to not.
    #[must_use]
    pub const fn experiment(mut self) -> Self {
        self.experiment = true;
        self
    }

    /// The session may (`session.id`). Defaults to not.
    #[must_use]
    pub const fn session(mut self) -> Self {
        self.session = true;
        self
    }

    /// The conversation may (`gen_ai.conversation.id`). Defaults to not.
    #[must_use]
    pub const fn conversation(mut self) -> Self {
        self.conversation = true;
        self
    }

    pub(super) fn allows(self, key: &str) -> bool {
        match key {
            USER_ID | USER_NAME | ORGANIZATION_ID | ORGANIZATION_NAME => self.identity,
            EXPERIMENT_ID | EXPERIMENT_NAME => self.experiment,
            SESSION_ID => self.session,
            CONVERSATION_ID => self.conversation,
            _ => false,
        }
    }

    /// What is allowed of what a span opened here would say; none outside a trace, and if nothing is allowed.
    pub(super) fn said(self) -> Option<impl Iterator<Item = (&'static str, Arc<str>)>> {
        if self == Self::none() {
            return None;
        }
        let trace = current::map(|context| Scope::trace_of(context).cloned())?;
        let (values, experiment) = (readers::values(), trace.experiment());
        let mut said: Vec<_> = values.identity.attributes().collect();
        said.extend(experiment.iter().flat_map(Experiment::attributes));
        said.extend(values.session.map(|id| (SESSION_ID, id)));
        said.extend(values.conversation.map(|id| (CONVERSATION_ID, id)));
        Some(said.into_iter().filter(move |(key, _)| self.allows(key)))
    }

    /// What a caller's baggage claims, as far as it is allowed. Of a key that is given twice the first value
    /// counts.
    pub(crate) fn read(self, headers: &dyn Headers) -> Claims {
        let mut members = Vec::new();
        each_member(headers, &mut |key, text| {
            if self.allows(key)
                && let Some(text) = value(text)
            {
                members.push((key, text));
            }
        });
        Claims::of(&members)
    }
}

/// What a caller says of whoever asked it. No proof.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Claims {
    pub(crate) identity: Identity,
    pub(crate) experiment: Option<Experiment>,
    pub(crate) session: Option<Arc<str>>,
    pub(crate) conversation: Option<Arc<str>>,
}

impl Claims {
    fn of(members: &[(&str, Arc<str>)]) -> Self {
        let first = |key| members.iter().find(|(member, _)| *member == key).map(|(_, text)| text);
        let text = |key| first(key).map(AsRef::as_ref).unwrap_or_default();
        let experiment = Experiment::new(text(EXPERIMENT_ID)).ok();
        Self {
            identity: Identity::user(text(USER_ID))
                .named(text(USER_NAME))
                .organization(text(ORGANIZATION_ID))
                .organization_named(text(ORGANIZATION_NAME)),
            experiment: experiment.map(|experiment| experiment.named(text(EXPERIMENT_NAME))),
            session: first(SESSION_ID).cloned(),
            conversation: first(CONVERSATION_ID).cloned(),
        }
    }
}

/// Shows keys and values as they were sent, without properties, to `each`, as far as the limits go.
fn each_member<'h>(headers: &'h dyn Headers, each: &mut dyn FnMut(&'h str, &'h [u8])) {
    let (mut bytes, mut members) = (0, 0);
    headers.values(BAGGAGE, &mut |line| {
        for member in line.split(|byte| *byte == b',') {
            bytes += member.len() + 1;
            members += usize::from(!member.trim_ascii().is_empty());
            if bytes > BYTES + 1 || members > MEMBERS {
                return;
            }
            let mut parts = member.splitn(2, |byte| *byte == b'=');
            if let (Some(key), Some(rest)) = (key(parts.next()), parts.next()) {
                each(key, rest.split(|byte| *byte == b';').next().unwrap_or_default());
            }
        }
    });
}

fn key(bytes: Option<&[u8]>) -> Option<&str> {
    std::str::from_utf8(bytes?.trim_ascii()).ok()
}

/// A value as text; none if it is not UTF-8, blank, too long, or has what no header could bring openly.
fn value(bytes: &[u8]) -> Option<Arc<str>> {
    let text = percent_decode(bytes.trim_ascii()).decode_utf8().ok()?;
    let text = text.trim();
    let valid = !text.is_empty() && text.len() <= LONGEST_CLAIM && !text.contains(char::is_control);
    valid.then(|| text.into())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::*;

    const ALL: Baggage = Baggage::none().identity().experiment().session().conversation();

    fn read(allowed: Baggage, lines: &[&str]) -> Claims {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(BAGGAGE, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        allowed.read(&headers)
    }

    /// The user's id that these lines claim.
    fn user(lines: &[&str]) -> Option<String> {
        read(ALL, lines).identity.user_id().map(str::to_owned)
    }

    #[test]
    fn every_allowed_key_is_read() {
        let lines = [
            "basalt.user.id=u-1,basalt.user.name=Ada,basalt.organization.id=o-1,basalt.organization.name=Acme",
            "basalt.experiment.id=exp-77,basalt.experiment.name=shorter,other=1",
            "session.id=s-1,gen_ai.conversation.id=c-1",
        ];
        let expected = Claims {
            identity: Identity::user("u-1").named("Ada").organization("o-1").organization_named("Acme"),
            experiment: Some(Experiment::new("exp-77").unwrap().named("shorter")),
            session: Some("s-1".into()),
            conversation: Some("c-1".into()),
        };
        assert_eq!(read(ALL, &lines), expected);
        let nothing = Claims::default;
        assert_eq!(read(Baggage::none(), &lines), nothing());
        assert_eq!(
            read(Baggage::none().identity(), &lines),
            Claims { identity: expected.identity, ..nothing() }
        );
        assert_eq!(
            read(Baggage::none().experiment(), &lines),
            Claims { experiment: expected.experiment, ..nothing() }
        );
        assert_eq!(
            read(Baggage::none().session(), &lines),
            Claims { session: expected.session, ..nothing() }
        );
        assert_eq!(
            read(Baggage::none().conversation(), &lines),
            Claims { conversation: expected.conversation, ..nothing() }
        );
    }

    #[test]
    fn members_are_read_as_w3c_writes_them() {
        for (line, expected) in [
            ("basalt.user.id=u", Some("u")),
            (" basalt.user.id\t= u ; secret ; ttl=30 , other=1", Some("u")),
            ("basalt.user.id=a=b==", Some("a=b==")),
            ("basalt.user.id=a%3Db%20c%2C%3B%22", Some("a=b c,;\"")),
            ("basalt.user.id=a+b", Some("a+b")),
            ("basalt.user.id=Zo%C3%A9%20%F0%9F%A6%80", Some("Zoé 🦀")),
            ("basalt.user.id=Zoé", Some("Zoé")),
            ("basalt.user.id=%20u%09", Some("u")),
            ("basalt.user.id=100%", Some("100%")),
            ("a=basalt.user.id=u", None),
            ("basalt.user.id", None),
            ("basalt.user.id;x=u", None),
            ("Basalt.User.Id=u", None),
            ("basalt.user.id.x=u", None),
            ("", None),
        ] {
            assert_eq!(user(&[line]).as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn hostile_values_are_ignored() {
        let (long, longest) = ("u".repeat(257), "u".repeat(256));
        let (much, most) = ("%41".repeat(257), "%41".repeat(256));
        for value in
            ["", " ", "%20%09", ";u", "%FF%FE", "%C3", "%00", "u%00", "u%0Av", "%1B%5B31mu", &long, &much]
        {
            assert_eq!(user(&[&format!("basalt.user.id={value}")]), None, "{value}");
        }
        for value in [longest, most] {
            assert_eq!(user(&[&format!("basalt.user.id={value}")]).map(|id| id.len()), Some(256));
        }
    }

    #[test]
    fn of_a_key_given_twice_the_first_value_counts() {
        assert_eq!(user(&["basalt.user.id=a,basalt.user.id=b"]).as_deref(), Some("a"));
        assert_eq!(user(&["basalt.user.id=a", "basalt.user.id=b"]).as_deref(), Some("a"));
    }

    #[test]
    fn an_experiment_needs_an_id() {
        assert_eq!(read(ALL, &["basalt.experiment.name=shorter"]).experiment, None);
    }

    #[test]
    fn no_more_than_64_members_and_8192_bytes_are_looked_at() {
        let member = "basalt.user.id=u";
        let others = |count| "a=1,".repeat(count);
        assert!(user(&[&format!("{}{member}", others(63))]).is_some());
        assert!(user(&[&format!("{}{member}", others(64))]).is_none());
        assert!(user(&[&others(32), &others(32), member]).is_none());
        assert!(user(&[&format!("{},{member}", ",".repeat(64))]).is_some(), "blanks are no members");

        let padding = |length: usize| format!("a={}", "x".repeat(length - 2));
        let fitting = BYTES - member.len() - 1;
        assert!(user(&[&format!("{},{member}", padding(fitting))]).is_some());
        assert!(user(&[&format!("{},{member}", padding(fitting + 1))]).is_none());
        assert!(user(&[&padding(fitting), member]).is_some());
        assert!(user(&[&padding(60_000), member]).is_none());
        assert!(user(&[&",".repeat(60_000), member]).is_none());
    }
}
